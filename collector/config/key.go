package config

import (
	"bytes"
	"errors"
	"fmt"
	"os"
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
	// Opening a pipe would wait for a writer, and a second reading would find nothing.
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", plainError(err)
	case !info.IsDir() && !info.Mode().IsRegular():
		return "", errors.New("is not a regular file")
	}
	data, err := readLimited(path, maxKeyBytes)
	if errors.Is(err, errTooLong) {
		return "", errors.New("is longer than 4 KiB; it must hold the key alone")
	}
	if err != nil {
		return "", err
	}
	// Some editors begin UTF-8 files with a byte order mark.
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	return strings.TrimSpace(string(data)), nil
}

// checkKey tells why key cannot be sent as the value of an HTTP header.
func checkKey(key string) error {
	if key == "" {
		return errors.New("is empty; it must hold the key")
	}
	if strings.ContainsAny(key, "\r\n") {
		return errors.New("holds more than one line; it must hold the key alone")
	}
	for _, c := range []byte(key) {
		if c <= ' ' || c > '~' {
			return errors.New("holds a space or a character that no key has; it must hold the key alone")
		}
	}
	return nil
}
