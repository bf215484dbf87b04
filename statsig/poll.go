package statsig

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"
)

// textLimit is the length in characters to which a whole error is cut.
const textLimit = 500

// Poll is a series of reports with one key under one deadline. Its reports are
// asked for one after the other; Close is safe for concurrent use.
type Poll struct {
	client   *Client
	key      Secret
	limiter  *limiter
	timeout  time.Duration
	deadline time.Time // of ctx
	ctx      context.Context
	cancel   context.CancelFunc
	// permitted is when the next request was permitted; zero: it was not.
	permitted time.Time
	last      *Error // Why the last attempt of the report under way failed; nil: it did not.
}

// Begin waits until the rate limit of key allows a request and starts a poll
// that ends after timeout, or with ctx. The wait is not part of timeout. If ctx
// ends it, its error is wrapped.
//
// A key that cannot be sent, an empty one for instance, is an *Error with
// Unauthorized. The caller must Close the poll.
func (c *Client) Begin(ctx context.Context, key Secret, timeout time.Duration) (*Poll, error) {
	if err := unusable(key); err != nil {
		return nil, &Error{Result: Unauthorized, Err: err}
	}
	if timeout <= 0 {
		return nil, fmt.Errorf("poll timeout %s is not positive", timeout)
	}
	c.options.Secrets.Add(key)
	limiter := c.options.Limits.of(key)
	if err := limiter.acquire(ctx, time.Time{}); err != nil {
		return nil, fmt.Errorf("wait for the rate limit: %w", err)
	}
	p := &Poll{client: c, key: key, limiter: limiter, timeout: timeout, permitted: time.Now()}
	p.ctx, p.cancel = context.WithTimeout(ctx, timeout)
	p.deadline, _ = p.ctx.Deadline()
	return p, nil
}

// NotBefore returns the time before which the last answer wants no further
// request; zero if it names none.
func (p *Poll) NotBefore() time.Time {
	if p.last == nil {
		return time.Time{}
	}
	return p.last.RetryAt
}

// Close ends the poll. It may be called again.
func (p *Poll) Close() { p.cancel() }

// Report asks for the report of w and hands it to read, as a stream of decoded
// bytes that ends with io.EOF only if the report is whole. If read stops early,
// the rest is read and checked too.
//
// Network errors, also in the middle of the body, status 429 and 5xx are
// retried at most three times: read may be called again and must start afresh
// each time. The last call decides. A window that starts before the project's
// creation is asked for again from that time on.
//
// The error is an *Error; or what read returned, which wraps an *Error if the
// body failed; or it wraps context.Canceled, if the poll was closed or the context
// of Begin ended. A window that cannot be asked for is an error without a request.
func (p *Poll) Report(w Window, read func(body *Body) error) error {
	err := p.report(w, read)
	if created := CreatedAt(err); created.After(w.Start) && created.Before(w.End) {
		return p.report(Window{Start: created, End: w.End}, read)
	}
	return err
}

// report is Report of exactly the window w.
func (p *Poll) report(w Window, read func(body *Body) error) error {
	query, err := w.query()
	if err != nil {
		return err
	}
	target := *p.client.report
	target.RawQuery = query
	p.last = nil
	for tries := 0; ; tries++ {
		err := p.attempt(&target, read)
		e := errorIn(err)
		if !e.retry {
			return err
		}
		p.last = e
		if ended := p.ended("retrying"); ended != nil {
			return ended
		}
		pause, again := p.pause(e, tries)
		if !again {
			return err
		}
		if err := sleep(p.ctx, pause); err != nil {
			return cmp.Or(p.ended("waiting for the next attempt"), err)
		}
	}
}

// attempt sends the request once and follows where its answer leads.
func (p *Poll) attempt(target *url.URL, read func(body *Body) error) error {
	c := &chain{poll: p, at: target}
	body, err := c.report()
	if err != nil {
		return err
	}
	defer body.answer.end()
	return body.deliver(read)
}

// ended returns nil while the poll goes on, and then how it ended: an *Error with
// Timeout, or an error that wraps context.Canceled.
func (p *Poll) ended(doing string) error {
	switch err := p.ctx.Err(); {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("poll ended while %s: %w", doing, err)
	}
	text := fmt.Sprintf("poll timed out after %s while %s", p.timeout, doing)
	if p.last != nil {
		text += "; the last attempt: " + p.last.Error()
	}
	return p.fail(Timeout, text)
}

// fail returns an error with a text, from which it removes secrets.
func (p *Poll) fail(result Result, text string) *Error {
	return &Error{Result: result, Err: errors.New(cut(p.redact(text), textLimit))}
}
