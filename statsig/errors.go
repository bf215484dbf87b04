package statsig

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Result says how a poll ended. The set is closed.
type Result string

// The results of a poll.
const (
	// Success: the report was read to its end.
	Success Result = "success"
	// NoData: the API has no report of the window (status 400), or whoever reads the
	// report finds no rows.
	NoData Result = "no_data"
	// Unauthorized: the API answered 401 to the key, or there is no usable key.
	Unauthorized Result = "unauthorized"
	// Forbidden: the API answered 403 to the key.
	Forbidden Result = "forbidden"
	// RateLimited: status 429, or the wait that one asked for leaves no time.
	RateLimited Result = "rate_limited"
	// UpstreamError: any other status, or a redirect that is not followed.
	UpstreamError Result = "upstream_error"
	// NetworkError: TLS, DNS, refused, reset, or a body that is cut short.
	NetworkError Result = "network_error"
	// InvalidReport: a 200 that is no report, or breaks a limit.
	InvalidReport Result = "invalid_report"
	// Timeout: the poll ran out of its time, also where our own rate limit leaves none.
	Timeout Result = "timeout"
)

// Results returns all results, in the order of their documentation. The slice
// is the caller's.
func Results() []Result {
	return []Result{
		Success, NoData, Unauthorized, Forbidden, RateLimited,
		UpstreamError, NetworkError, InvalidReport, Timeout,
	}
}

// Error is why a poll failed. Its text carries no secret.
type Error struct {
	// Result is never Success.
	Result Result
	// Status is the HTTP status of an answer that refuses the request, or 0.
	Status int
	// Elsewhere says that the status is of where a redirect or an envelope leads, so that it
	// says nothing of the key or the request.
	Elsewhere bool
	// RetryAt is the time before which the API, or our own rate limit, allows no
	// request with this key; zero if neither says so.
	RetryAt time.Time
	// Created is when the project was created, if the window starts before that;
	// no older window has a report. Else it is zero.
	Created time.Time
	// Err is the message.
	Err error

	retry bool          // The same request may be sent again,
	wait  time.Duration // after what Retry-After asks for, capped; 0: nothing.
}

// Error returns the message and, if there is one, the time of the next try.
func (e *Error) Error() string {
	text := string(e.Result)
	if e.Err != nil {
		text = e.Err.Error()
	}
	if !e.RetryAt.IsZero() {
		text += "; not to be asked again before " + e.RetryAt.UTC().Format(time.RFC3339)
	}
	return text
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// ResultOf returns the result that err stands for: Success for nil, the Result of
// an *Error anywhere in the chain, Timeout for context.DeadlineExceeded, and
// InvalidReport for every other error, also for context.Canceled, which callers
// must look for first.
func ResultOf(err error) Result {
	switch result := errorIn(err).Result; {
	case err == nil:
		return Success
	case result != "":
		return result
	case errors.Is(err, context.DeadlineExceeded):
		return Timeout
	default:
		return InvalidReport
	}
}

// RetryAt returns the RetryAt of the *Error in the chain of err; zero without one.
func RetryAt(err error) time.Time { return errorIn(err).RetryAt }

// CreatedAt returns the Created of the *Error in the chain of err; zero without one.
func CreatedAt(err error) time.Time { return errorIn(err).Created }

// errorIn returns the *Error in the chain of err, or an empty one.
func errorIn(err error) *Error {
	if typed := (*Error)(nil); errors.As(err, &typed) {
		return typed
	}
	return &Error{}
}

// statusText names a status the same way in every error.
func statusText(status int) string {
	if text := http.StatusText(status); text != "" {
		return fmt.Sprintf("status %d %s", status, text)
	}
	return fmt.Sprintf("status %d", status)
}
