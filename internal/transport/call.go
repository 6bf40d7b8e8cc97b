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

// Errors of an attempt. For [ErrRefused], which the API reports itself, the envelope has the details.
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

// Limiter delays an attempt until it may be sent.
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

// Policy is a retry policy with defaults applied. Every field is positive, except that a Budget of 0 means no limit.
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
	// Credential reports that the response is a credential: no part of it may appear in an error.
	Credential bool
	// NoRetry limits the call to one attempt.
	NoRetry bool
	// AttemptTimeout, if set, shortens that of the Config.
	AttemptTimeout time.Duration
	// Read decodes the body of a successful response, and the envelope of any other. Its error fails the attempt unless
	// the envelope or the HTTP status already does. The body is empty only if the status allows that.
	Read func(status int, contentType string, body []byte) (wire.Envelope, error)
	// Stream, if set, replaces Read for a successful response and decodes it as it arrives. It calls next before each
	// element is yielded, and returns next's error if there is one.
	Stream func(body io.Reader, next func() error) (wire.Envelope, error)
}

// Attempt is the outcome of one request.
type Attempt struct {
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
	// Cut reports that the response ended before it was complete.
	Cut bool
	// Streamed reports that list elements have been yielded.
	Streamed bool
	// Err is why the attempt failed, nil if it succeeded.
	Err error
}

// Result is the outcome of a call: its last attempt, and the totals.
type Result struct {
	Attempt

	// Attempts is the number of attempts that were sent.
	Attempts int
	// Duration is the time of the whole call, including waits.
	Duration time.Duration
	// ContextErr is why the caller's context ended the call; nil if it did not.
	ContextErr error
	// HeldBack is why a further attempt was not sent; nil if nothing prevented it.
	HeldBack error
	// OutOfBudget reports that only the retry budget prevented a further attempt.
	OutOfBudget bool
	// Tokens are the tokens that were sent, for redaction.
	Tokens []string
	// Credential is Request.Credential.
	Credential bool
}
