package app

import (
	"context"
	"errors"
	"os"

	"github.com/alecthomas/kingpin/v2"
	"golang.org/x/sync/errgroup"

	"statsig_exporter/collector/config"
	"statsig_exporter/collector/ingest"
)

// errNoKey names the three ways to tell the exporter what to poll.
var errNoKey = errors.New("nothing to poll: set STATSIG_API_KEY to a Console API key (or STATSIG_API_KEY_FILE to a file that holds one), give --config.file, or try --demo")

// sourceFlags say what to poll.
type sourceFlags struct {
	configFile    string
	configFileSet bool // by an argument, not by the environment
	shard         config.Shard
	demo          bool
}

func (f *sourceFlags) declare(app *kingpin.Application) {
	app.Flag("config.file", "Configuration file. Without one, STATSIG_API_KEY or the file in STATSIG_API_KEY_FILE holds the key of one project.").IsSetByUser(&f.configFileSet).StringVar(&f.configFile)
	app.Flag("shard", "Poll only the projects of one shard: i/n, such as 0/3 for the first of 3.").SetValue(&f.shard)
	app.Flag("demo", "Poll a simulated Console API inside the process.").BoolVar(&f.demo)
}

// loader reads the settings, and reads them again when called again.
type loader func() (ingest.Settings, error)

// fixed returns the configuration that is in no file; nil: it is in a file. It goes with
// errNoKey. The demo's server becomes a member of group.
func (f sourceFlags) fixed(ctx context.Context, group *errgroup.Group) (*config.Config, error) {
	switch {
	case f.demo && f.configFile != "":
		return nil, errors.New("--demo and --config.file exclude each other")
	case f.demo:
		return startDemo(ctx, group)
	case f.configFile == "":
		key, err := keyFromEnv()
		return config.Default(key), err
	}
	return nil, nil
}

// loader returns how to read the settings that the flags and the environment ask for.
// The demo's server becomes a member of group.
func (f sourceFlags) loader(ctx context.Context, group *errgroup.Group) (loader, error) {
	fixed, err := f.fixed(ctx, group)
	return func() (ingest.Settings, error) {
		whole := fixed
		if whole == nil {
			var err error
			if whole, err = config.Load(f.configFile); err != nil {
				return ingest.Settings{}, err
			}
		}
		mine := *whole
		mine.Projects = f.shard.Of(whole.Projects)
		return newSettings(&mine)
	}, err
}

// newSettings makes the transports that a configuration asks for.
func newSettings(cfg *config.Config) (ingest.Settings, error) {
	transport, err := cfg.HTTPTransport()
	if err != nil {
		return ingest.Settings{}, err
	}
	other, err := cfg.OtherTransport()
	if err != nil {
		return ingest.Settings{}, err
	}
	return ingest.Settings{Config: cfg, Transport: transport, OtherTransport: other}, nil
}

// keyFromEnv returns where the environment says the key is.
func keyFromEnv() (config.KeySource, error) {
	file := os.Getenv("STATSIG_API_KEY_FILE")
	switch key := os.Getenv("STATSIG_API_KEY"); {
	case key != "" && file != "":
		return config.KeySource{}, errors.New("STATSIG_API_KEY and STATSIG_API_KEY_FILE exclude each other")
	case file != "":
		return config.KeySource{File: file}, nil
	case key != "":
		return config.KeySource{Env: "STATSIG_API_KEY"}, nil
	}
	return config.KeySource{}, errNoKey
}
