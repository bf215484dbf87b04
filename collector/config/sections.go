package config

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

func fileKeys() keys {
	return keys{{"global", nil}, {"api", nil}, {"projects", nil}, {"windows", nil}, {"report", nil}, {"plans", nil}}
}

// read reads the whole file.
func (d *decoder) read(root entry) {
	c := d.config
	file := d.section(root, fileKeys())
	d.global(file["global"], &c.Global)
	d.api(file["api"], &c.API)
	claims := map[string]located{}
	c.Common.Report = defaultReport(c.Global.Location)
	d.report(file["report"], &c.Common, claims)
	c.Windows = d.windows(file["windows"], c.Global.Location)
	c.Projects = d.projects(file["projects"], claims)
	for _, p := range d.plans(file["plans"]) {
		c.AddPlan(p)
	}
}

// The greatest values of the section global. What is past them is a mistake, and
// would bring sums of times near to what a time.Duration holds.
const (
	maxInterval    = 365 * 24 * time.Hour
	maxTimeout     = 24 * time.Hour
	maxConcurrency = 1000
	maxStale       = 5 * 365 * 24 * time.Hour
)

func (d *decoder) global(e entry, g *Global) {
	d.section(e, keys{
		{"poll_interval", d.duration(time.Second, maxInterval, &g.PollInterval)},
		{"poll_timeout", d.duration(time.Millisecond, maxTimeout, &g.PollTimeout)},
		{"concurrency", integer(d, 1, maxConcurrency, &g.Concurrency)},
		{"timezone", func(e entry) { d.timezone(e, &g.Location) }},
		{"stale_after", d.duration(0, maxStale, &g.StaleAfter)},
	})
}

func (d *decoder) timezone(e entry, into **time.Location) {
	want := "an IANA name such as UTC or America/Los_Angeles"
	if meant := zoneLike(e.node.Value); meant != "" {
		want = "an IANA name (did you mean " + meant + "?)"
	}
	scalar(d, want, into, func(s string) (*time.Location, bool) {
		loc, err := time.LoadLocation(s)
		// The library takes an empty name for UTC and Local for the machine's zone,
		// which would make the figures depend on where the exporter runs.
		return loc, err == nil && s != "" && s != "Local"
	})(e)
}

// zoneLike returns the zone that differs from s in capital letters alone; empty if there
// is none.
func zoneLike(s string) string {
	words := regexp.MustCompile(`[a-z]+`).ReplaceAllStringFunc(strings.ToLower(s), func(word string) string {
		return strings.ToUpper(word[:1]) + word[1:]
	})
	for _, name := range []string{words, strings.ToUpper(s)} {
		if _, err := time.LoadLocation(name); err == nil && name != "" && name != "Local" {
			return name
		}
	}
	return ""
}

// api reads the section api and checks its parts against each other.
func (d *decoder) api(e entry, a *API) {
	var proxy located
	seen := d.section(e, keys{
		{"base_url", scalar(d, "an absolute address such as https://statsigapi.net, without a user, a query (?) or a fragment (#)", &a.BaseURL, baseURL)},
		{"version", d.textThat(versionPattern.MatchString, "the version of the API, such as "+defaultVersion, &a.Version)},
		{"allow_http", d.boolean(&a.AllowHTTP)},
		{"max_report_bytes", d.size(&a.MaxReportBytes)},
		{"rate_limit", func(e entry) {
			d.section(e, keys{
				{"per_10s", integer(d, 1, maxPer10s, &a.RateLimit.Per10s)},
				{"per_15m", integer(d, 1, maxPer15m, &a.RateLimit.Per15m)},
			})
		}},
		{"http_client", func(e entry) { proxy = d.httpClient(e, a.client) }},
	})
	if a.BaseURL.Scheme != "http" {
		return
	}
	line := seen["base_url"].line
	if !a.AllowHTTP && !isLoopback(a.BaseURL.Hostname()) {
		d.problem(line, "base_url must be https://…: over http the key would travel in the clear; only a loopback address may be http, or any with allow_http: true")
	}
	if proxy.line > 0 {
		d.problem(proxy.line, "%s cannot be used with the http base_url of line %d, because the proxy would see the key; use https, or remove it", proxy.text, line)
	}
}

func baseURL(s string) (*url.URL, bool) {
	u, ok := address(s, "https", "http")
	return u, ok && u.User == nil && !strings.ContainsAny(s, "?#")
}

// address returns the absolute URL that s is, if it has one of the schemes.
func address(s string, schemes ...string) (*url.URL, bool) {
	u, err := url.Parse(s)
	return u, err == nil && slices.Contains(schemes, u.Scheme) && u.Hostname() != "" && validPort(u)
}

func validPort(u *url.URL) bool {
	if u.Port() == "" {
		return !strings.HasSuffix(u.Host, ":")
	}
	n, err := strconv.Atoi(u.Port())
	return err == nil && n >= 1 && n <= 65535
}

// isLoopback reports whether a host is certain to be this machine.
func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// versionPattern matches what can be the value of a header.
var versionPattern = regexp.MustCompile(`^[0-9A-Za-z._-]{1,64}$`)
