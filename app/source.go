package app

import (
	"context"
	"errors"
	"fmt"
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
	app.Flag("config.file", "Configuration file. Without one, STATSIG_API_KEY or STATSIG_API_KEY_FILE is the key of one project.").IsSetByUser(&f.configFileSet).StringVar(&f.configFile)
	app.Flag("shard", "Poll only the projects of one shard: i/n, such as 0/3 for the first of 3.").SetValue(&f.shard)
	app.Flag("demo", "Poll a simulated Console API inside the process.").BoolVar(&f.demo)
}

// loader reads the configuration, and reads it again when called again.
type loader func() (*config.Config, error)

// loader returns how to read the configuration that the flags and the environment
// ask for. The demo's server becomes a member of group.
func (f sourceFlags) loader(ctx context.Context, group *errgroup.Group) (loader, error) {
	load, err := f.whole(ctx, group)
	return func() (*config.Config, error) {
		whole, err := load()
		if err != nil {
			return nil, err
		}
		cfg := *whole
		cfg.Projects = f.shard.Of(whole.Projects)
		return &cfg, nil
	}, err
}

// whole is as loader, with the projects of all shards.
func (f sourceFlags) whole(ctx context.Context, group *errgroup.Group) (loader, error) {
	switch {
	case f.demo && f.configFile != "":
		return nil, errors.New("--demo and --config.file exclude each other")
	case f.demo:
		cfg, err := startDemo(ctx, group)
		return func() (*config.Config, error) { return cfg, nil }, err
	case f.configFile != "":
		return f.fromFile, nil
	}
	key, err := keyFromEnv()
	return func() (*config.Config, error) { return config.Default(key), nil }, err
}

func (f sourceFlags) fromFile() (*config.Config, error) { return config.Load(f.configFile) }

// settings reads the configuration and makes the transports that it asks for.
func (load loader) settings() (ingest.Settings, error) {
	cfg, err := load()
	if err != nil {
		return ingest.Settings{}, err
	}
	return newSettings(cfg)
}

func newSettings(cfg *config.Config) (ingest.Settings, error) {
	transport, err := cfg.HTTPTransport()
	if err != nil {
		return ingest.Settings{}, fmt.Errorf("api.http_client: %w", err)
	}
	other, err := cfg.OtherTransport()
	if err != nil {
		return ingest.Settings{}, fmt.Errorf("api.http_client: %w", err)
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
