package transport

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/whatspie-go/whatspie/internal/wire"
)

// Errors of an attempt. A failure that the API itself reports is [ErrRefused]: the envelope says which.
var (
	ErrRefused  = errors.New("refused by the API")
	ErrRedirect = errors.New("redirect not followed")
	ErrNeither  = errors.New("neither a success nor a failure")
	ErrTooLarge = errors.New("response too large")
	ErrToken    = errors.New("token source failed")
	ErrBadToken = errors.New("token source returned no usable token")
	ErrLimiter  = errors.New("limiter refused")

	errTooLate    = errors.New("not sent")
	errUnsendable = errors.New("not an HTTP request")
	errSwitched   = errors.New("the server switched to another protocol")
)

// Limiter holds an attempt back until it may be sent.
type Limiter interface {
	Wait(ctx context.Context) error
}

// Config is what all calls of one client share.
type Config struct {
	Base           *url.URL
	HTTPClient     *http.Client
	Token          func(context.Context) (string, error)
	Limiter        Limiter
	Policy         Policy
	AttemptTimeout time.Duration
	MaxBytes       int64
	Logger         *slog.Logger
	UserAgent      string
}

// Policy says how often and how patiently a call is tried. All fields are set and positive, but for Budget, which is
// 0 for no bound.
type Policy struct {
	MaxAttempts, Budget             int
	MinWait, MaxWait, MaxRetryAfter time.Duration
}

// Request is one call.
type Request struct {
	Method string
	// Path starts with a slash, is escaped, and may carry a query.
	Path   string
	Header http.Header
	Body   []byte
	// Credential reports that whoever has the response can act on it: not even a part of it is shown.
	Credential bool
	// NoRetry sends the call once at most.
	NoRetry bool
	// AttemptTimeout, if set, shortens that of the Config.
	AttemptTimeout time.Duration
	// Read takes the value out of the body of a successful response, and the envelope out of every other one. Its error
	// fails the attempt, unless the envelope or the HTTP status reports a failure already. The body is empty only if the
	// status needs none.
	Read func(status int, contentType string, body []byte) (wire.Envelope, error)
	// Stream, if set, takes a successful response while it arrives, in place of Read. It calls next before it hands out an
	// element, and ends with next's error if there is one.
	Stream func(body io.Reader, next func() error) (wire.Envelope, error)
}

// Attempt is what one request led to.
type Attempt struct {
	// StatusCode is the HTTP status, 0 if no response arrived.
	StatusCode int
	// Header is the response's.
	Header http.Header
	// Body is what was read of the response, at most the configured bound; nil if it was streamed.
	Body []byte
	// Partial reports that there was more of it.
	Partial bool
	// Envelope is what the body says.
	Envelope wire.Envelope
	// RetryAfter is the wait that the server asked for, 0 if it did not.
	RetryAfter time.Duration
	// Sent reports that the server may have seen the request.
	Sent bool
	// Cut reports that the response ended before it was complete.
	Cut bool
	// Streamed reports that list elements were already handed out.
	Streamed bool
	// Err is why the attempt failed, nil if it did not.
	Err error
}

// Result is what came of a call: the last attempt, and the count of all.
type Result struct {
	Attempt

	// Attempts counts the attempts that were sent.
	Attempts int
	// Duration is the time from the start of the call to its end, waits included.
	Duration time.Duration
	// ContextErr is why the caller's context ended the call, nil if it did not.
	ContextErr error
	// HeldBack is what kept the attempt after this one from being sent, nil if nothing did.
	HeldBack error
	// OutOfBudget reports that the call would have been retried, had the client's budget not been spent.
	OutOfBudget bool
	// Tokens are the secrets that were sent, for redaction.
	Tokens []string
	// Credential is that of the Request.
	Credential bool
}
