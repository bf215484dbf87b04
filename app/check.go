package app

import (
	"errors"
	"fmt"
	"io"

	"statsig_exporter/collector/config"
)

// errPrinted ends the program with status 1 where the reason has been printed.
var errPrinted = errors.New("the output says why")

// check validates the files that the flags name and prints what it finds, a file
// or a problem to a line. It reads no keys and makes no connection.
func check(o *options, stdout io.Writer) error {
	if o.configFile == "" {
		return errors.New("check needs --config.file")
	}
	failed := false
	report := func(file string, err error) {
		if err != nil {
			failed = true
			fmt.Fprintln(stdout, err)
			return
		}
		fmt.Fprintf(stdout, "%s: ok\n", file)
	}
	_, err := config.Load(o.configFile)
	report(o.configFile, err)
	if webConfig := *o.web.WebConfigFile; webConfig != "" {
		report(webConfig, checkWebConfig(webConfig))
	}
	if failed {
		return errPrinted
	}
	return nil
}
