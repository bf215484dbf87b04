package app

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"

	"github.com/alecthomas/kingpin/v2"
)

// explainFlags says of an error of the parser what it leaves out: which variable
// of the environment it is about, and what would be right.
func explainFlags(app *kingpin.Application, err error) error {
	for _, f := range app.Model().Flags {
		value := os.Getenv(f.Envar)
		if _, invalid := strconv.ParseBool(value); f.IsBoolFlag() && value != "" && invalid != nil {
			return fmt.Errorf("%s=%s must be true or false", f.Envar, value)
		}
	}
	switch text := err.Error(); {
	case strings.HasPrefix(text, "unrecognized log level"):
		return fmt.Errorf("--log.level: %w; it must be debug, info, warn or error", err)
	case strings.HasPrefix(text, "unrecognized log format"):
		return fmt.Errorf("--log.format: %w; it must be logfmt or json", err)
	}
	return fmt.Errorf("%w; try --help", err)
}

// isEmptyConfigFlag tells whether an argument asks for a configuration and does not
// say which, as where a variable was not set.
func isEmptyConfigFlag(arg string) bool {
	return arg == "--config.file" || arg == "--config.file="
}

// checkWebFlags says what of the flags would keep the servers from serving.
func checkWebFlags(ctx context.Context, o *options) error {
	if err := checkTelemetryPath(o.telemetryPath); err != nil {
		return err
	}
	for _, address := range *o.web.WebListenAddresses {
		if strings.HasPrefix(address, "vsock://") {
			continue // its ports are others, and it is the toolkit's to read
		}
		if err := checkAddress(ctx, "--web.listen-address", address); err != nil {
			return err
		}
	}
	if o.probeAddress != "" {
		if err := checkAddress(ctx, "--web.probe-address", o.probeAddress); err != nil {
			return err
		}
	}
	if file := *o.web.WebConfigFile; file != "" {
		return checkWebConfig(file)
	}
	return nil
}

// checkAddress says why a flag names no address to listen on. An empty one, which
// a variable that is not set leaves, would be a random port.
func checkAddress(ctx context.Context, flag, address string) error {
	_, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = net.DefaultResolver.LookupPort(ctx, "tcp", port)
	}
	if err != nil || port == "" {
		return fmt.Errorf("%s=%s is no address to listen on; it must be like :10782 or 127.0.0.1:10782", flag, address)
	}
	return nil
}
