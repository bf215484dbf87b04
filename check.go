package main

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/prometheus/exporter-toolkit/web"

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
	report := func(file string, problems string) {
		if problems == "" {
			problems = file + ": ok"
		} else {
			failed = true
		}
		fmt.Fprintln(stdout, problems)
	}
	report(o.configFile, checkConfig(o.configFile))
	if webConfig := *o.web.WebConfigFile; webConfig != "" {
		report(webConfig, checkWebConfig(webConfig))
	}
	if failed {
		return errPrinted
	}
	return nil
}

func checkConfig(file string) string {
	if _, err := config.Load(file); err != nil {
		return err.Error()
	}
	return ""
}

// yamlLine finds the line in an error of a YAML library.
var yamlLine = regexp.MustCompile(`line (\d+): *`)

// checkWebConfig returns the problems of a web configuration as FILE:LINE:
// PROBLEM. Those that the toolkit reports without a line stand at the first.
func checkWebConfig(file string) string {
	err := web.Validate(file)
	if err == nil {
		return ""
	}
	var problems []string
	for text := range strings.SplitSeq(err.Error(), "\n") {
		text = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(text), "yaml:"))
		if text == "" || text == "unmarshal errors:" {
			continue
		}
		line := "1"
		if m := yamlLine.FindStringSubmatch(text); m != nil {
			line = m[1]
			text = strings.Replace(text, m[0], "", 1)
		}
		problems = append(problems, fmt.Sprintf("%s:%s: %s", file, line, text))
	}
	return strings.Join(problems, "\n")
}
