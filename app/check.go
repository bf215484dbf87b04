package app

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/prometheus/exporter-toolkit/web"

	"statsig_exporter/app/show"
	"statsig_exporter/collector/config"
)

// errPrinted ends the program with status 1 where the reason has been printed.
var errPrinted = errors.New("the output says why")

// check validates the files. It prints one line for each valid file and for each
// problem, and warnings to stderr. It reads no keys and makes no connection.
func check(configFile, webConfigFile string, stdout, stderr io.Writer) error {
	if configFile == "" {
		return errors.New("check needs --config.file=FILE")
	}
	failed := false
	report := func(file string, err error) {
		if err != nil {
			failed = true
			fmt.Fprintln(stdout, show.Lines(err.Error()))
			return
		}
		fmt.Fprintf(stdout, "%s: ok\n", file)
	}
	c, err := config.Load(configFile)
	if err == nil {
		err = c.CheckFiles()
	}
	report(configFile, err)
	if err == nil {
		for _, warning := range c.Warnings() {
			fmt.Fprintln(stderr, "warning:", show.Text(warning.String()))
		}
	}
	if webConfigFile != "" {
		report(webConfigFile, checkWebConfig(webConfigFile))
	}
	if failed {
		return errPrinted
	}
	return nil
}

var (
	// yamlLine matches the line in an error of the toolkit's YAML library.
	yamlLine = regexp.MustCompile(`^(?:yaml: )?line (\d+): `)
	// yamlValue matches a value that such an error quotes. It may be a secret.
	yamlValue = regexp.MustCompile("`[^`]*`")
)

// checkWebConfig returns the toolkit's errors about a web configuration as
// config.Errors, or nil.
func checkWebConfig(file string) error {
	if file != "" {
		f, _, err := config.OpenFile(file) // The toolkit would wait for the writer of a pipe.
		if err != nil {
			return config.Errors{{File: file, Message: err.Error()}}
		}
		_ = f.Close() // nothing was written
	}
	err := web.Validate(file)
	if err == nil {
		return nil
	}
	var problems config.Errors
	for text := range strings.Lines(err.Error()) {
		p := config.Problem{File: file, Line: 1, Message: yamlValue.ReplaceAllString(strings.TrimSpace(text), "<secret>")}
		if m := yamlLine.FindStringSubmatch(p.Message); m != nil {
			p.Line, _ = strconv.Atoi(m[1]) // digits, by the pattern
			p.Message = strings.TrimPrefix(p.Message, m[0])
		}
		if p.Message != "yaml: unmarshal errors:" {
			problems = append(problems, p)
		}
	}
	return problems
}
