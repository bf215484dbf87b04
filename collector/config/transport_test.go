//go:build unix

package config

import (
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// parse returns the configuration of one project with the given section api.
func parse(t *testing.T, api, dir string) *Config {
	t.Helper()
	c, err := Parse("c.yml", []byte("api: "+api+"\nprojects: [{name: web, api_key_env: KEY}]\n"), dir)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func transport(t *testing.T, api string) http.RoundTripper {
	t.Helper()
	rt, err := parse(t, api, t.TempDir()).HTTPTransport()
	if err != nil {
		t.Fatal(err)
	}
	return rt
}

// proxyFor returns the proxy that is used for a request to address, or nothing.
func proxyFor(t *testing.T, api, address string) string {
	t.Helper()
	c := parse(t, api, t.TempDir())
	proxy, err := c.proxy(*c.API.client)
	if err != nil {
		t.Fatal(err)
	}
	if proxy == nil {
		return ""
	}
	u, err := proxy(httptest.NewRequest(http.MethodGet, address, nil))
	if err != nil {
		t.Fatal(err)
	}
	if u == nil {
		return ""
	}
	return u.String()
}

func TestTheProxyIsTheOneOfTheFileOrOfTheEnvironment(t *testing.T) {
	t.Setenv("HTTPS_PROXY", "http://env.example:1")
	t.Setenv("HTTP_PROXY", "http://env.example:1")
	t.Setenv("NO_PROXY", "")
	for _, c := range []struct{ api, address, want string }{
		{`{}`, "https://statsigapi.net/", "http://env.example:1"},
		{`{http_client: {proxy_from_environment: true}}`, "https://statsigapi.net/", "http://env.example:1"},
		{`{http_client: {proxy_from_environment: false}}`, "https://statsigapi.net/", ""},
		{`{http_client: {proxy_url: "http://file.example:2"}}`, "https://statsigapi.net/", "http://file.example:2"},
		{`{http_client: {proxy_url: "http://file.example:2", proxy_from_environment: false}}`, "https://statsigapi.net/", "http://file.example:2"},
		{`{http_client: {proxy_url: "http://file.example:2", no_proxy: statsigapi.net}}`, "https://statsigapi.net/", ""},
		{`{base_url: "http://api.example", allow_http: true}`, "http://api.example/", ""},
		{`{base_url: "http://api.example", allow_http: true}`, "https://other.example/", ""},
		{`{base_url: "http://api.example", allow_http: true, http_client: {proxy_from_environment: false}}`, "http://api.example/", ""},
	} {
		if got := proxyFor(t, c.api, c.address); got != c.want {
			t.Errorf("with %s the proxy for %s is %q, want %q", c.api, c.address, got, c.want)
		}
	}
}

func TestAProxyOfTheEnvironmentThatCannotBeUsedIsAnErrorThatNamesTheVariable(t *testing.T) {
	t.Setenv("HTTPS_PROXY", "")
	for _, name := range []string{"HTTPS_PROXY", "https_proxy"} {
		for value, right := range map[string]bool{
			"http://proxy.example:3128": true, "proxy.example:3128": true, "proxy.example": true, "socks5://proxy.example:1": true, "": true,
			"http://": false, "ftp://proxy.example": false, "http://me:hidden@proxy.example:99999": false, "http://me:hid den@%zz": false, ":3128": false,
		} {
			t.Setenv(name, value)
			_, err := parse(t, "{}", t.TempDir()).HTTPTransport()
			if right != (err == nil) || !right && (!strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "hid")) {
				t.Errorf("%s=%s: %v", name, value, err)
			}
			if _, err := parse(t, "{http_client: {proxy_from_environment: false}}", t.TempDir()).HTTPTransport(); err != nil {
				t.Errorf("%s=%s is not used: %v", name, value, err)
			}
		}
		t.Setenv(name, "")
	}
}

func TestTheSecretsAreTheKeysAndTheProxysCredentials(t *testing.T) {
	t.Setenv("KEY", "console-from-env")
	t.Setenv("HTTPS_PROXY", "me:from-env@proxy.example:1")
	t.Setenv("https_proxy", "")
	c, err := Parse("c.yml", []byte(`
api: {http_client: {proxy_url: "http://me:from-file@proxy.example:2"}}
projects: [{name: a, api_key_env: KEY}, {name: b, api_key: console-inline}, {name: c, api_key_file: missing}]
`), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range c.Secrets() {
		got = append(got, s.Reveal())
	}
	want := []string{"console-from-env", "console-inline", "from-env", "bWU6ZnJvbS1lbnY=", "from-file", "bWU6ZnJvbS1maWxl"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestHTTP2IsUsedOnlyWhenItIsSwitchedOn(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	t.Setenv("HTTPS_PROXY", "")
	for setting, want := range map[string]int{"enable_http2: true, ": 2, "enable_http2: false, ": 1, "": 1} {
		api := `{http_client: {` + setting + `tls_config: {insecure_skip_verify: true}}}`
		client := &http.Client{Transport: transport(t, api)}
		response, err := client.Get(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		client.CloseIdleConnections()
		if response.ProtoMajor != want {
			t.Errorf("with %q it speaks HTTP/%d", setting, response.ProtoMajor)
		}
	}
}

func TestACertificateFileIsRelativeToTheConfigAndReadAgainWhenItChanges(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Long", strings.Repeat("x", 1<<20))
	}))
	defer server.Close()
	dir := t.TempDir()
	right := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	path := filepath.Join(dir, "ca.pem")
	c := parse(t, `{http_client: {proxy_from_environment: false, tls_config: {ca_file: ca.pem}}}`, dir)
	if _, err := c.HTTPTransport(); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("without the file: %v", err)
	}
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := c.HTTPTransport(); err == nil || !strings.Contains(err.Error(), path+": is not a regular file") {
		t.Errorf("with a pipe: %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, right, 0o600); err != nil {
		t.Fatal(err)
	}
	rt, err := c.HTTPTransport()
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: rt}
	defer client.CloseIdleConnections()
	// The bound on headers holds for this transport too, and is met after the
	// certificate was accepted.
	if _, err := client.Get(server.URL); err == nil || strings.Contains(err.Error(), "certificate") || !strings.Contains(err.Error(), "header") {
		t.Errorf("with the right certificate: %v", err)
	}
	if err := os.WriteFile(path, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Get(server.URL); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("with a damaged file: %v", err)
	}
	for want, spoil := range map[string]func() error{
		"is not a regular file": func() error { return syscall.Mkfifo(path, 0o600) },
		"is longer than 16MiB":  func() error { return os.WriteFile(path, make([]byte, 16<<20+1), 0o600) },
	} {
		if err := errors.Join(os.Remove(path), spoil()); err != nil {
			t.Fatal(err)
		}
		if _, err := client.Get(server.URL); err == nil || !strings.Contains(err.Error(), path+": "+want) {
			t.Errorf("got %v, want that the file %s", err, want)
		}
	}
}

func TestAHeaderOfMoreThanAMebibyteIsAnError(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		size := 1 << 10
		if r.URL.Path == "/long" {
			size = 1<<20 + 1
		}
		w.Header().Set("X-Long", strings.Repeat("x", size))
	}))
	defer server.Close()
	client := &http.Client{Transport: transport(t, `{base_url: "`+server.URL+`"}`)}
	defer client.CloseIdleConnections()
	for path, ok := range map[string]bool{"/short": true, "/long": false} {
		response, err := client.Get(server.URL + path)
		if (err == nil) != ok {
			t.Errorf("%s: error %v", path, err)
		}
		if err == nil {
			_ = response.Body.Close()
		}
	}
}
