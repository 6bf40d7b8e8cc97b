package whatspie

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/whatspie-go/whatspie/internal/redact"
	"github.com/whatspie-go/whatspie/internal/transport"
	"github.com/whatspie-go/whatspie/internal/wire"
)

// APIError is the error of every failed call. It describes the request, the response and the number of attempts. Get it
// with [errors.As]; to classify it, use [errors.Is] with the sentinels of this package.
//
// An APIError that you construct, for example in a test, matches the sentinels by its fields, as a real one does:
// StatusCode 429 matches [ErrRateLimited], StatusCode 403 with the Message "Device limit exceeded" matches
// [ErrDeviceLimit] and [ErrForbidden], and StatusCode 502 with the Method of a write matches [ErrOutcomeUnknown].
type APIError struct {
	// StatusCode is the HTTP status; 0 if no response arrived.
	StatusCode int
	// Code is the "code" or "status" in the body; 0 if the body had none. It may differ from StatusCode. If it is 400 or
	// more, it takes precedence.
	Code int
	// Message is the "message" in the body, at most 4 KiB, without the token; empty if the body had none.
	Message string
	// Detail is the text of "error" in the body, at most 4 KiB, without the token; empty if the body had none.
	Detail string
	// Method is the HTTP method of the call.
	Method string
	// Path is the path of the call, without base URL and query.
	Path string
	// RequestID is the server's identifier of the request, for its support; empty if it sent none.
	RequestID string
	// Attempts is the number of attempts, including those that could not connect; 0 if the call failed before the first.
	Attempts int
	// RetryAfter is how long the server asked to wait; 0 if it did not say.
	RetryAfter time.Duration
	// Header is the header of the response, each value at most 4 KiB, all of it at most 64 KiB, without cookies and
	// token; nil if no response arrived.
	Header http.Header
	// Body is the start of the response, at most 4 KiB, without the token. It is empty if no response arrived, and for a
	// QR request that HTTP reports as a success, because the body may contain the code.
	Body []byte

	contextErr error
	cause      error
	// known is the outcome of a call; nil in an APIError that a caller constructed.
	known *outcome
}

// outcome is what a failed call means for the caller.
type outcome struct {
	// specific and general are the sentinels that the error matches in addition to those in its chain. Either may be nil.
	specific, general error
	retryable         bool
	// interrupted means that the caller's context ended the last attempt before its response was complete.
	interrupted bool
	// overBudget means that the client's retry budget prevented another attempt.
	overBudget bool
}

// Error returns one line without secrets.
func (e *APIError) Error() string {
	var b strings.Builder
	b.WriteString("whatspie: ")
	if call := strings.TrimSpace(redact.OneLine(e.Method) + " " + redact.OneLine(e.Path)); call != "" {
		b.WriteString(call + ": ")
	}
	if e.outcomeUnknown() {
		b.WriteString("outcome unknown: ")
	}
	if e.contextErr != nil {
		b.WriteString(redact.OneLine(e.contextErr.Error()))
	}
	if reason := e.reason(); reason != "" {
		if e.contextErr != nil {
			b.WriteString("; last failure: ")
		}
		b.WriteString(reason)
	}
	if notes := e.notes(); len(notes) > 0 {
		fmt.Fprintf(&b, " (%s)", strings.Join(notes, ", "))
	}
	return b.String()
}

func (e *APIError) notes() []string {
	var notes []string
	switch {
	case e.Attempts == 1:
		notes = append(notes, "1 attempt")
	case e.Attempts > 1:
		notes = append(notes, strconv.Itoa(e.Attempts)+" attempts")
	}
	if e.RetryAfter > 0 {
		notes = append(notes, "retry after "+e.RetryAfter.String())
	}
	if e.outcome().overBudget {
		notes = append(notes, ErrRetryBudget.Error())
	}
	if e.RequestID != "" {
		notes = append(notes, "request "+redact.OneLine(e.RequestID))
	}
	return notes
}

// reason describes the failure, in the server's words if there are any. It is empty if only the context's error does.
func (e *APIError) reason() string {
	cause := ""
	if e.cause != nil && !endedBy(e.cause, e.contextErr) { // Error prints the context's error itself
		cause = redact.OneLine(e.cause.Error())
	}
	status := e.status()
	switch {
	case cause == "" && e.contextErr != nil && (status == 0 || e.outcome().interrupted):
		return ""
	case status != 0:
		return e.describeStatus(status, cause)
	case cause == "":
		return ErrNoResponse.Error()
	case e.Attempts > 0:
		return ErrNoResponse.Error() + ": " + cause
	default:
		return cause
	}
}

func (e *APIError) describeStatus(status int, cause string) string {
	words := strconv.Itoa(status)
	switch {
	case e.Message != "":
		words += " " + redact.OneLine(e.Message)
	case http.StatusText(status) != "":
		words += " " + http.StatusText(status)
	}
	if e.Detail != "" && e.Detail != e.Message {
		words += ": " + redact.OneLine(e.Detail)
	}
	if cause != "" {
		words += ": " + cause
	}
	return words
}

// Unwrap returns the context's error and the cause. Their texts hold no secrets. An error further down the chain, such
// as one that your own transport returned and [errors.As] finds, keeps its original text.
func (e *APIError) Unwrap() []error {
	var wrapped []error
	for _, err := range []error{e.contextErr, e.cause} {
		if err != nil {
			wrapped = append(wrapped, err)
		}
	}
	return wrapped
}

// endedBy reports whether err is the end of the context. An attempt's own timeout also matches context.DeadlineExceeded
// in errors.Is, so the chain is compared by identity.
func endedBy(err, ctxErr error) bool {
	for ; err != nil && ctxErr != nil; err = errors.Unwrap(err) {
		if errors.Is(ctxErr, err) {
			return true
		}
	}
	return false
}

// Is reports whether the error matches target, one of the sentinels of this package.
func (e *APIError) Is(target error) bool {
	o := e.outcome()
	switch target {
	case nil:
		return false
	case o.specific, o.general:
		return true
	default:
		return target == ErrRetryBudget && o.overBudget
	}
}

// Retryable reports whether making the same call again, later, is safe and may succeed. For a read, it is true after a
// 408, 429 or 5xx, if no response arrived, if the response was cut off, and for a QR code that is not ready or whose
// image is damaged. For a request that may change something, it is true only if the request certainly changed nothing:
// if it was never sent, or after a 429 whose body contains neither a success nor a device. It is false for
// [ErrOutcomeUnknown] and [ErrDeviceUnidentified], for any other status, if the certificate cannot be verified or the
// server does not speak TLS, and if the arguments, the limiter or the token source prevented the call from being sent.
// Whether the caller's context has ended is not considered.
func (e *APIError) Retryable() bool { return e.outcome().retryable }

func (e *APIError) outcomeUnknown() bool { return errors.Is(e.outcome().general, ErrOutcomeUnknown) }

// outcome returns what the call determined, or what follows from the fields of an error that a caller constructed.
func (e *APIError) outcome() outcome {
	if e.known != nil {
		return *e.known
	}
	switch status := e.status(); {
	case !e.didNotAct():
		return outcome{general: ErrOutcomeUnknown}
	case status == 0:
		return outcome{general: when(e.Attempts > 0, ErrNoResponse), retryable: e.Attempts > 0}
	default:
		specific, general := sentinelsFor(status, e.Message)
		isTransient := status == http.StatusTooManyRequests || status == http.StatusRequestTimeout ||
			status >= http.StatusInternalServerError
		return outcome{specific: specific, general: general, retryable: isTransient}
	}
}

// didNotAct reports whether the server certainly changed nothing, as far as the fields show. It corresponds to
// AttemptResult.DidNotAct, which also knows the body.
func (e *APIError) didNotAct() bool {
	switch {
	case e.Method == "" || transport.IsSafe(e.Method):
		return true
	case e.status() == 0:
		return e.Attempts == 0
	case guaranteesNoEffect(e.status()), wire.Normalize(e.Message) == wire.ConnectedMessage:
		return guaranteesNoEffect(e.StatusCode) || e.StatusCode == http.StatusOK || e.StatusCode == 0
	default:
		return false
	}
}

func (e *APIError) status() int { return transport.DecidingStatus(e.StatusCode, e.Code) }
