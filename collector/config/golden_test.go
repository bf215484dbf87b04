package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	_ "time/tzdata"

	"github.com/rogpeppe/go-internal/txtar"

	"statsig_exporter/statsig"
)

// golden runs check over every NAME.yml of the archives under testdata and
// compares what it returns with NAME.want. With UPDATE_GOLDEN in the environment
// it writes what it gets into the archives.
func golden(t *testing.T, dir string, check func(t *testing.T, name, data string) string) int {
	t.Helper()
	archives, err := filepath.Glob(filepath.Join("testdata", dir, "*.txtar"))
	if err != nil || len(archives) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	count := 0
	for _, path := range archives {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		wants := map[string]string{}
		updated := &txtar.Archive{Comment: archive.Comment}
		for _, f := range archive.Files {
			wants[f.Name] = string(f.Data)
		}
		for _, f := range archive.Files {
			name, isConfig := strings.CutSuffix(f.Name, ".yml")
			if !isConfig {
				continue
			}
			count++
			t.Run(filepath.Base(path)+"/"+name, func(t *testing.T) {
				got := check(t, f.Name, string(f.Data))
				updated.Files = append(updated.Files, f, txtar.File{Name: name + ".want", Data: []byte(got)})
				if want := wants[name+".want"]; got != want && os.Getenv("UPDATE_GOLDEN") == "" {
					t.Errorf("got:\n%s\nwant:\n%s", got, want)
				}
			})
		}
		if os.Getenv("UPDATE_GOLDEN") != "" {
			if err := os.WriteFile(path, txtar.Format(updated), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	return count
}

func TestABadFileNamesEachProblemWithItsLine(t *testing.T) {
	count := golden(t, "bad", func(t *testing.T, name, data string) string {
		t.Helper()
		_, err := Parse(name, []byte(data), "/etc/exporter")
		var problems Errors
		if !errors.As(err, &problems) {
			t.Fatalf("Parse gave %v, want Errors", err)
		}
		for _, secret := range []string{"hunter2", "console-a", "console-h"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%s is in the error:\n%v", secret, err)
			}
		}
		lines := strings.Count(data, "\n")
		for _, p := range problems {
			if p.Line < 1 || p.Line > max(lines, 1) {
				t.Errorf("line %d is not in the file: %s", p.Line, p)
			}
			for _, word := range []string{"yaml:", "!!", "unmarshal", "cannot unmarshal", "config."} {
				if strings.Contains(p.Message, word) {
					t.Errorf("%q is the library's word, not ours: %s", word, p)
				}
			}
		}
		return err.Error() + "\n"
	})
	if count < 40 {
		t.Errorf("%d cases, want at least 40", count)
	}
}

func TestAGoodFileSaysWhatDiffersFromTheDefaults(t *testing.T) {
	golden(t, "good", func(t *testing.T, name, data string) string {
		t.Helper()
		c, err := Parse(name, []byte(data), "/etc/exporter")
		if err != nil {
			t.Fatal(err)
		}
		return describe(c)
	})
}

// describe writes what c says other than the defaults.
func describe(c *Config) string {
	d := Default(KeySource{})
	var b strings.Builder
	line := func(name string, value, standard any) {
		if !reflect.DeepEqual(value, standard) {
			fmt.Fprintf(&b, "%s %v\n", name, value)
		}
	}
	line("poll_interval", c.Global.PollInterval, d.Global.PollInterval)
	line("poll_timeout", c.Global.PollTimeout, d.Global.PollTimeout)
	line("concurrency", c.Global.Concurrency, d.Global.Concurrency)
	line("timezone", c.Global.Location, d.Global.Location)
	line("stale_after", c.Global.StaleAfter, d.Global.StaleAfter)
	line("base_url", c.API.BaseURL, d.API.BaseURL)
	line("version", c.API.Version, d.API.Version)
	line("allow_http", c.API.AllowHTTP, d.API.AllowHTTP)
	line("max_report_bytes", c.API.MaxReportBytes, d.API.MaxReportBytes)
	line("rate_limit", c.API.RateLimit, d.API.RateLimit)
	line("proxy_from_environment", c.API.client.ProxyFromEnvironment, true)
	line("enable_http2", c.API.client.EnableHTTP2, false)
	line("insecure_skip_verify", c.API.client.TLSConfig.InsecureSkipVerify, false)
	for _, p := range c.Plans {
		fmt.Fprintf(&b, "plan %q: %q, %s a month in %s\n", p.Name, p.Projects, p.BaseFee.RatString(), p.Currency)
		if len(p.Showback.Labels) > 0 {
			fmt.Fprintf(&b, "  shared by %q, the base fee by %s\n", p.Showback.Labels, p.Meters[p.Showback.BaseFeeBy].Name)
		}
		for _, budget := range p.Budgets {
			fmt.Fprintf(&b, "  budget of %v: %s\n", budget.Labels, budget.Amount.RatString())
		}
		for _, m := range p.Meters {
			fmt.Fprintf(&b, "  meter %q: %s of %v, %s included", m.Name, m.Metric, m.Match, m.Included.RatString())
			for _, tier := range m.Tiers {
				fmt.Fprintf(&b, ", %s each", tier.PricePerUnit.RatString())
				if tier.UpTo != nil {
					fmt.Fprintf(&b, " up to %s", tier.UpTo.RatString())
				}
			}
			fmt.Fprintln(&b)
		}
	}
	for _, p := range c.Projects {
		fmt.Fprintf(&b, "project %q: %s, labels %v\n", p.Name, p.Source(statsig.Secret{}), p.Labels)
		options := p.Report
		for _, header := range slices.Sorted(maps.Keys(options.Columns)) {
			fmt.Fprintf(&b, "  column %q: %+v\n", header, options.Columns[header])
		}
		for _, l := range p.Labelling.Lookups {
			fmt.Fprintf(&b, "  lookup %s of %q, %v, %s, default %q\n", l.File, l.On, l.Labels, l.Match, l.Default)
		}
		for _, r := range p.Labelling.Configs {
			rule, _ := json.Marshal(r)
			fmt.Fprintf(&b, "  relabel %s\n", rule)
		}
		options.Columns = nil
		standard := d.Projects[0].Report
		standard.Columns, standard.Location, standard.TakenLabels = nil, c.Global.Location, p.LabelNames()
		line("  report", options, standard)
	}
	for _, w := range c.Windows {
		fmt.Fprintf(&b, "window %q: %s, current %t, lookback %d, %s\n", w.Name, w.Period, w.Current, w.Lookback, w.Location)
	}
	line("helps", c.Helps, d.Helps)
	return b.String()
}
