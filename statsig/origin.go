package statsig

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// origin is scheme, host and port, normalised so that == compares origins.
type origin struct{ scheme, host, port string }

// originOf returns the origin of u. Hosts are compared as they are written but
// for the case of ASCII letters: two spellings of one host count as two
// origins, which at worst keeps the key from a host that could have had it.
func originOf(u *url.URL) origin {
	o := origin{scheme: asciiLower(u.Scheme), host: asciiLower(u.Hostname()), port: u.Port()}
	if o.port == "" {
		o.port = map[string]string{"http": "80", "https": "443"}[o.scheme]
	}
	return o
}

func asciiLower(s string) string {
	return strings.Map(func(c rune) rune {
		if 'A' <= c && c <= 'Z' {
			return c + 'a' - 'A'
		}
		return c
	}, s)
}

// String returns the origin as an address, without the scheme's own port.
func (o origin) String() string {
	host := o.host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if (o.scheme == "http" && o.port == "80") || (o.scheme == "https" && o.port == "443") {
		return o.scheme + "://" + host
	}
	return o.scheme + "://" + host + ":" + o.port
}

// resolve returns the address that ref names in an answer from base, or why it
// may not be fetched. Its errors name at most the origin of the target.
func (p *Poll) resolve(base *url.URL, ref string) (*url.URL, error) {
	target, err := base.Parse(strings.TrimSpace(ref))
	if err != nil {
		return nil, errors.New("the address cannot be parsed") // The cause quotes it.
	}
	target.Fragment, target.RawFragment = "", ""
	where := originOf(target)
	scanner := secretScanner{search: p.client.options.Secrets.current()}
	secret, _ := scanner.finds([]byte(target.String()))
	switch {
	case where.scheme != "https" && where.scheme != "http":
		return nil, fmt.Errorf("scheme %q is neither https nor http", where.scheme)
	case where.host == "":
		return nil, errors.New("the address names no host")
	case target.User != nil:
		return nil, fmt.Errorf("the address on %s carries a user name", where)
	case where != p.client.api && where.scheme != "https" && p.client.api.scheme != "http":
		return nil, fmt.Errorf("%s is not https", where)
	case secret:
		return nil, errors.New("the address quotes a secret")
	}
	return target, nil
}
