//go:build unix

package config

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"go.yaml.in/yaml/v3"

	"statsig_exporter/statsig"
)

const testKey = "console-hunter2"

func TestAKeyIsReadWithoutSurroundingSpace(t *testing.T) {
	t.Setenv("TEST_KEY", " "+testKey+"\n")
	path := filepath.Join(t.TempDir(), "web.key")
	for name, source := range map[string]KeySource{
		"file":                  {File: writeFile(t, path, "\n "+testKey+"\r\n\n")},
		"file with BOM":         {File: writeFile(t, path+"2", "\ufeff"+testKey)},
		"file of exactly 4 KiB": {File: writeFile(t, path+"3", testKey+strings.Repeat("\n", 4096-len(testKey)))},
		"environment":           {Env: "TEST_KEY"},
		"inline":                {Inline: statsig.NewSecret(testKey + " ")},
	} {
		if key, err := source.Read(); err != nil || key.Reveal() != testKey {
			t.Errorf("%s: %v, error %v", name, key, err)
		}
	}
}

func TestAKeyThatCannotBeReadNamesItsSourceAndNotTheKey(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) KeySource {
		return KeySource{File: writeFile(t, filepath.Join(dir, name), text)}
	}
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(dir, "secret")
	writeFile(t, secret, testKey)
	if err := os.Chmod(secret, 0); err != nil {
		t.Fatal(err)
	}
	t.Setenv("EMPTY_KEY", " ")
	t.Setenv("TWO_KEYS", testKey+" "+testKey)
	cases := map[string]KeySource{
		"missing: no such file or directory":    {File: filepath.Join(dir, "missing")},
		"is not a regular file":                 {File: pipe},
		"empty: is empty":                       file("empty", " \n"),
		"holds a space, a second line":          file("two", testKey+"\n"+testKey+"\n"),
		"is longer than 4KiB":                   file("long", testKey+strings.Repeat("\n", 4097-len(testKey))),
		"binary: holds a space, a second":       file("binary", testKey+"\x00"),
		"environment variable NO_KEY: is not":   {Env: "NO_KEY"},
		"environment variable EMPTY_KEY: is em": {Env: "EMPTY_KEY"},
		"environment variable TWO_KEYS: holds ": {Env: "TWO_KEYS"},
		"api_key: is empty":                     {},
		"key file <secret>: no such file":       {File: testKey},
	}
	if os.Geteuid() != 0 { // root may read everything
		cases["secret: permission denied"] = KeySource{File: secret}
	}
	for want, source := range cases {
		key, err := source.Read()
		switch {
		case err == nil:
			t.Errorf("%s: no error for %v", want, source)
		case !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2"):
			t.Errorf("got %q, want %q", err, want)
		case !key.IsZero():
			t.Errorf("%s: a key beside an error", want)
		}
	}
}

func TestPrintingAConfigShowsNoSecret(t *testing.T) {
	c, err := Parse("c.yml", []byte(`
api: {http_client: {proxy_url: "http://user:hunter2@proxy:1"}}
projects: [{name: web, api_key: console-hunter2}]
`), ".")
	if err != nil {
		t.Fatal(err)
	}
	shown := fmt.Sprintf("%v %+v %#v %+v %+v %q", c, c, c, c.API, *c, fmt.Sprint(c.Projects))
	for _, marshal := range []func(any) ([]byte, error){yaml.Marshal, json.Marshal} {
		b, err := marshal(c.Projects[0].Key)
		if err != nil {
			t.Fatal(err)
		}
		shown += string(b)
	}
	if strings.Contains(shown, "hunter2") {
		t.Errorf("a secret is in %s", shown)
	}
}
