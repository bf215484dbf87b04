package config

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"

	"statsig_exporter/statsig"
)

// maxKeyBytes is the greatest size of a key file.
const maxKeyBytes = 4 << 10

// KeySource says where a project's API key comes from. Exactly one field is set.
type KeySource struct {
	File   string         // the path of a file that holds the key alone
	Env    string         // the name of an environment variable
	Inline statsig.Secret // the key itself
}

// String describes the source without the key.
func (k KeySource) String() string {
	switch {
	case k.File != "":
		return "key file " + redact(k.File)
	case k.Env != "":
		return "environment variable " + redact(k.Env)
	default:
		return "api_key"
	}
}

// Read returns the key without surrounding space. A file is read anew at each
// call, so that a rotated key is found. The error names the source and never the
// key.
func (k KeySource) Read() (statsig.Secret, error) {
	key, err := k.read()
	if err == nil {
		err = checkKey(key)
	}
	if err != nil {
		return statsig.Secret{}, fmt.Errorf("%s: %w", k, err)
	}
	return statsig.NewSecret(key), nil
}

func (k KeySource) read() (string, error) {
	switch {
	case k.File != "":
		return readKeyFile(k.File)
	case k.Env != "":
		v, ok := os.LookupEnv(k.Env)
		if !ok {
			return "", errors.New("is not set")
		}
		return strings.TrimSpace(v), nil
	default:
		return strings.TrimSpace(k.Inline.Reveal()), nil
	}
}

func readKeyFile(path string) (string, error) {
	data, err := readLimited(path, maxKeyBytes)
	if err != nil {
		return "", err
	}
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return "", errors.New("is UTF-16; save it as UTF-8")
	}
	// Some editors begin UTF-8 files with a byte order mark.
	return strings.TrimSpace(strings.TrimPrefix(string(data), "\ufeff")), nil
}

// checkKey reports why key cannot be the value of an HTTP header.
func checkKey(key string) error {
	switch {
	case key == "":
		return errors.New("is empty; it must hold the key")
	case strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }):
		return errors.New("holds a space, a second line or a character that no key has; it must hold the key alone")
	}
	return nil
}

// assignment matches the beginning of a line of a shell's or an .env file.
var assignment = regexp.MustCompile(`^\w+=`)

// keyHint says what is wrong with the shape of a key, without the key; empty if nothing
// is.
func keyHint(key string) string {
	switch {
	case strings.HasPrefix(key, "$"):
		return "it begins with $, and variables are not expanded; name the variable under api_key_env"
	case strings.ContainsAny(key, "\"'`"):
		return "it has quotes, which are sent too; remove them"
	case assignment.MatchString(key):
		return "it begins with a name and =; keep the key alone"
	case strings.HasPrefix(key, "secret-"), strings.HasPrefix(key, "client-"):
		return "it is a server or client key; Console API keys begin with console-"
	}
	return ""
}
