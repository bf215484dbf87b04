package config

import (
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/alecthomas/units"
	commonconfig "github.com/prometheus/common/config"
	"github.com/prometheus/common/model"

	"statsig_exporter/collector/report"
)

// scalar returns a reader that stores a value in *into. It parses numbers and booleans as
// they are written, too: the name 2024 needs no quotes. parse reports false for a text
// that does not fit want.
func scalar[T any](d *decoder, want string, into *T, parse func(string) (T, bool)) func(entry) {
	return func(e entry) {
		v, ok := parse(e.node.Value)
		switch {
		case !isText(e.node):
			d.problem(e.line, "%s must be %s, not %s", e.key, want, kindOf(e.node))
		case ok:
			*into = v
		case mayHoldSecret(e.key):
			d.problem(e.line, "%s must be %s", e.key, want)
		default:
			d.problem(e.line, "%s must be %s, not %s", e.key, want, quote(e.node.Value))
		}
	}
}

// mayHoldSecret reports whether the value of a key may hold a secret of any shape:
// a key, or a password in an address.
func mayHoldSecret(key string) bool {
	return slices.Contains([]string{"api_key", "api_key_env", "base_url", "proxy_url"}, key)
}

// plain reads any text, which may be empty and is never shown.
func (d *decoder) plain(want string, into *string) func(entry) {
	return d.textThat(func(string) bool { return true }, want, into)
}

// textThat reads a text that fits.
func (d *decoder) textThat(fits func(string) bool, want string, into *string) func(entry) {
	return scalar(d, want, into, func(s string) (string, bool) { return s, fits(s) })
}

// name reads the value of a label such as project or window.
func (d *decoder) name(into *string) func(entry) {
	return d.textThat(func(s string) bool { return s != "" && utf8.ValidString(s) }, "a text that is not empty", into)
}

func (d *decoder) boolean(into *bool) func(entry) {
	return scalar(d, "true or false", into, func(s string) (bool, bool) {
		s = strings.ToLower(s)
		return s == "true", s == "true" || s == "false"
	})
}

// integer reads a whole number from least to most.
func integer[N int | uint64](d *decoder, least, most int, into *N) func(entry) {
	return scalar(d, fmt.Sprintf("a whole number from %d to %d", least, most), into, func(s string) (N, bool) {
		n, err := strconv.Atoi(s)
		octal := n != 0 && strings.HasPrefix(s, "0")
		return N(n), err == nil && n >= least && n <= most && !octal
	})
}

// duration reads a duration from least to most, as Prometheus writes it.
func (d *decoder) duration(least, most time.Duration, into *time.Duration) func(entry) {
	want := fmt.Sprintf("a duration from %s to %s with its unit, such as 1h, 7d or 2m30s", model.Duration(least), model.Duration(most))
	return scalar(d, want, into, durationFrom(least, most))
}

func durationFrom(least, most time.Duration) func(string) (time.Duration, bool) {
	return func(s string) (time.Duration, bool) {
		v, err := model.ParseDuration(s)
		length := time.Duration(v)
		return length, err == nil && length >= least && length <= most
	}
}

// sizePattern is stricter than the library, which takes signs and sums.
var sizePattern = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?[A-Za-z]*$`)

// size reads a number of bytes from 1 to 1 PiB.
func (d *decoder) size(into *int64) func(entry) {
	return scalar(d, "a size from 1B to 1PiB, such as 1GiB, 512MiB or 10MB", into, func(s string) (int64, bool) {
		if _, err := strconv.ParseUint(s, 10, 64); err == nil {
			s += "B"
		}
		n, err := units.ParseStrictBytes(s)
		return n, err == nil && sizePattern.MatchString(s) && n >= 1 && n <= int64(units.Pebibyte)
	})
}

// amountPattern is stricter than the library, which takes fractions and signs, and
// exponents that would take all memory.
var amountPattern = regexp.MustCompile(`^[0-9][0-9_]{0,29}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,2})?$`)

// amount reads units or money exactly.
func (d *decoder) amount(into **big.Rat) func(entry) {
	return scalar(d, "a number of at least 0, such as 150, 0.00005 or 5e6", into, func(s string) (*big.Rat, bool) {
		if !amountPattern.MatchString(s) {
			return nil, false
		}
		return new(big.Rat).SetString(s)
	})
}

// enum reads one of the given words.
func enum[S ~string](d *decoder, into *S, words ...S) func(entry) {
	return scalar(d, orList(words), into, func(s string) (S, bool) { return S(s), slices.Contains(words, S(s)) })
}

// labelName reads the name of a label.
func (d *decoder) labelName(into *string) func(entry) {
	return d.textThat(validLabelName, "a label name of letters, digits and _, not beginning with a digit", into)
}

// metric reads the name of a usage metric.
func (d *decoder) metric(into *string) func(entry) {
	return d.textThat(isUsageMetric, "statsig_usage_ followed by lower-case letters, digits and _, other than the exporter's own metrics", into)
}

func validLabelName(s string) bool { return identifier.MatchString(s) }

// identifier matches label names, and the names of environment variables.
var identifier = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

// isUsageMetric reports whether a value column may have s as its metric.
func isUsageMetric(s string) bool {
	return usageMetric.MatchString(s) && !slices.Contains(report.ReservedMetrics(), s)
}

var usageMetric = regexp.MustCompile(`^statsig_usage_[a-z0-9_]+$`)

// path reads the path of a file, relative to the directory of the configuration
// file.
func (d *decoder) path(into *string) func(entry) {
	read := scalar(d, "the path of a file", into, func(s string) (string, bool) {
		return commonconfig.JoinDir(d.dir, s), s != "" && !keyShape.MatchString(s)
	})
	return func(e entry) {
		read(e)
		d.config.places[*into] = Problem{File: d.file, Line: e.line}
	}
}

// texts reads a list of texts.
func (d *decoder) texts(e entry) []string {
	var result []string
	for _, item := range d.items(e) {
		var s string
		d.plain("a list of texts", &s)(item)
		result = append(result, s)
	}
	return result
}
