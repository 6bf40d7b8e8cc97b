package transport

import (
	"errors"
	"net/http"
	"time"

	"github.com/whatspie-go/whatspie/internal/wire"
)

// Errors of an attempt. ErrReportedFailure means a failure that the response itself reports: the HTTP status is 400 or
// more, or the envelope contains a failure.
var (
	ErrReportedFailure  = errors.New("the response reports a failure")
	ErrRedirect         = errors.New("redirect not followed")
	ErrUnexpectedStatus = errors.New("neither a success nor a failure")
	ErrTooLarge         = errors.New("response too large")
	ErrToken            = errors.New("token source failed")
	ErrLimiter          = errors.New("limiter refused")

	errNotSent          = errors.New("not sent")
	errInvalidRequest   = errors.New("not an HTTP request")
	errSwitchedProtocol = errors.New("the server switched to another protocol")
)

// AttemptResult is the result of one attempt.
type AttemptResult struct {
	// StatusCode is the HTTP status, 0 if no response arrived.
	StatusCode int
	// Header is the response's.
	Header http.Header
	// Body is what was read of the response, up to MaxBytes; nil if it was streamed.
	Body []byte
	// Partial reports that Body is not the whole response.
	Partial bool
	// Envelope is what the body reports.
	Envelope wire.Envelope
	// RetryAfter is the wait that the server requested, 0 for none.
	RetryAfter time.Duration
	// Sent reports that the server may have seen the request.
	Sent bool
	// Cut reports that a successful response ended before it was complete.
	Cut bool
	// Streamed reports that list elements have been yielded.
	Streamed bool
	// Err is why the attempt failed, nil if it succeeded.
	Err error
}

// Result is the result of a call: that of its last attempt, and the totals.
type Result struct {
	AttemptResult

	// Attempts is the number of attempts, including those that could not connect.
	Attempts int
	// Duration is the time of the whole call, including waits.
	Duration time.Duration
	// ContextErr is why the caller's context ended the call; nil if it did not.
	ContextErr error
	// RetryErr is why a further attempt could not be sent: the limiter, the token source or the context. It is nil if
	// none of them prevented one.
	RetryErr error
	// OutOfBudget reports that only the retry budget prevented a further attempt.
	OutOfBudget bool
	// Tokens are the tokens that were sent, for redaction.
	Tokens []string
	// MayHoldQRCode is Request.MayHoldQRCode.
	MayHoldQRCode bool
}

// Status returns the deciding status.
func (a *AttemptResult) Status() int { return DecidingStatus(a.StatusCode, a.Envelope.Code) }

// DecidingStatus returns the code of the body if that is a failure, else the HTTP status.
func DecidingStatus(statusCode, code int) int {
	if code >= http.StatusBadRequest {
		return code
	}
	return statusCode
}

// succeeded reports whether the HTTP status is a 2xx.
func (a *AttemptResult) succeeded() bool {
	return a.StatusCode >= http.StatusOK && a.StatusCode < http.StatusMultipleChoices
}

// DidNotAct reports whether the server certainly did not act on the request: it reports a failure below 500, as a 4xx
// or in the body of a 200, and the body does not contradict that. A failure in the body of a 201 or a redirect is itself
// a contradiction.
func (a *AttemptResult) DidNotAct() bool {
	if !errors.Is(a.Err, ErrReportedFailure) || a.Envelope.Contradictory {
		return false
	}
	for _, status := range []int{a.StatusCode, a.Status()} {
		if status >= http.StatusInternalServerError || status == http.StatusRequestTimeout {
			return false
		}
	}
	return a.StatusCode == http.StatusOK || a.StatusCode >= http.StatusBadRequest
}

// retryable reports whether another attempt is safe and may succeed.
func (a *AttemptResult) retryable(method string) bool {
	if a.Err == nil || a.Streamed {
		return false
	}
	if a.StatusCode == 0 {
		return !isPermanent(a.Err) && (IsSafe(method) || !a.Sent)
	}
	status := a.Status()
	if status == http.StatusTooManyRequests {
		return IsSafe(method) || a.DidNotAct()
	}
	return IsSafe(method) && (a.Cut || status == http.StatusRequestTimeout ||
		status >= http.StatusInternalServerError || !errors.Is(a.Err, ErrReportedFailure) && isTransient(a.Err))
}

// Retryable reports whether the caller may safely repeat the call later. That includes a stream that broke: the
// transport cannot repeat it, because the caller already has its first elements.
func (r *Result) Retryable(method string) bool {
	last := r.AttemptResult
	last.Streamed = false
	return last.retryable(method)
}
