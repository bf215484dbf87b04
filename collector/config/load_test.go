//go:build unix

package config

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestPathsAreRelativeToTheFileThatNamesThem(t *testing.T) {
	dir := t.TempDir()
	path := writeFile(t, filepath.Join(dir, "c.yml"), "projects: [{name: web, api_key_file: web.key}]")
	c, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(dir, "web.key"); c.Projects[0].Key.File != want {
		t.Errorf("the key file is %s, want %s", c.Projects[0].Key.File, want)
	}
}

func TestAFileThatCannotBeReadIsNamedOnce(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, why := range map[string]string{
		pipe:                              "is not a regular file",
		filepath.Join(dir, "missing.yml"): "no such file or directory",
		dir:                               "is not a regular file",
		"/dev/zero":                       "is not a regular file",
	} {
		_, err := Load(path)
		var problems Errors
		if !errors.As(err, &problems) || err.Error() != path+": "+why {
			t.Errorf("got %v, want %s: %s", err, path, why)
		}
	}
}

func TestTheFileIsNamedByThePathThatWasGiven(t *testing.T) {
	path := writeFile(t, filepath.Join(t.TempDir(), "c.yml"), "\nprojects: []\n")
	if _, err := Load(path); err == nil || !strings.HasPrefix(err.Error(), path+":2: ") {
		t.Errorf("got %v", err)
	}
}

func TestAFileThatIsNotUTF8IsRefused(t *testing.T) {
	_, err := Parse("c.yml", []byte("projects:\n  - name: \"w\xffb\"\n"), ".")
	if err == nil || err.Error() != "c.yml:2: the file is not valid UTF-8; save it as UTF-8" {
		t.Errorf("got %v", err)
	}
}

func TestWithoutAFileThereIsOneProjectWithTheDefaults(t *testing.T) {
	c := Default(KeySource{Env: "STATSIG_API_KEY"})
	fromFile, err := Parse("c.yml", []byte("projects: [{name: default, api_key_env: STATSIG_API_KEY}]"), ".")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := describe(c), describe(fromFile); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if c.Global.PollInterval != time.Hour || c.API.BaseURL.String() != "https://statsigapi.net" || c.API.MaxReportBytes != 1<<30 {
		t.Errorf("defaults are %+v %+v", c.Global, c.API)
	}
}

func TestProjectsDoNotShareTheirColumns(t *testing.T) {
	c, err := Parse("c.yml", []byte(`
report: {columns: {a: {role: label}}}
projects:
  - {name: web, api_key_env: A, labels: {z: "1", b: "2"}, report: {columns: {b: {role: ignore}}}}
  - {name: app, api_key_env: B}
`), ".")
	if err != nil {
		t.Fatal(err)
	}
	web, app := c.Projects[0].Report, c.Projects[1].Report
	if len(web.Columns) != 2 || len(app.Columns) != 1 {
		t.Errorf("web has %v and app %v", web.Columns, app.Columns)
	}
	if !slices.Equal(web.TakenLabels, []string{"b", "z"}) || len(app.TakenLabels) != 0 {
		t.Errorf("web has the labels %v and app %v", web.TakenLabels, app.TakenLabels)
	}
	web.Columns["c"] = web.Columns["a"]
	if len(app.Columns) != 1 {
		t.Error("a change of one project's columns shows in the other's")
	}
}

func TestALongFileIsCheckedInReasonableTime(t *testing.T) {
	line := "# " + strings.Repeat("x", 1000) + "\n"
	text := "projects:\n  - name: \"web\n" + strings.Repeat(line, 1500)
	_, err := Parse("c.yml", []byte(text), ".")
	if err == nil {
		t.Error("no error for a quote that is not closed")
	}
}
