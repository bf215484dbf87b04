package statsig

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	maxRetries   = 3
	firstBackoff = time.Second
)

// pause returns how long to wait before the next attempt, or false if there is
// none: there were enough, or the poll has no time left.
func (p *Poll) pause(e *Error, tries int) (time.Duration, bool) {
	if tries >= maxRetries {
		return 0, false
	}
	// The jitter comes on top of Retry-After, so that many do not return at once.
	wait := max(e.wait, 0) + rand.N(firstBackoff<<tries)
	return wait, wait < time.Until(p.deadline)
}

// retryAfter reads the header Retry-After (RFC 9110, 10.2.3): seconds or a
// date. It returns at most MaxRetryAfter, and zero or less if the header is
// missing, names the past, or cannot be read.
func (c *Client) retryAfter(header http.Header) time.Duration {
	limit := c.options.MaxRetryAfter
	value := strings.TrimSpace(header.Get("Retry-After"))
	if value != "" && strings.Trim(value, "0123456789") == "" {
		seconds, err := strconv.ParseInt(value, 10, 64)
		if err != nil || seconds > int64(limit/time.Second) {
			return limit // Beyond 64 bits is beyond any limit too.
		}
		return time.Duration(seconds) * time.Second
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return min(time.Until(date), limit)
}
