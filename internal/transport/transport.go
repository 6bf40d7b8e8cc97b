// Package transport carries one call to the API: attempts, the waits between them, and what came of it.
package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/whatspie-go/whatspie/internal/redact"
	"github.com/whatspie-go/whatspie/internal/wire"
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

// Transport sends calls. It is safe for concurrent use.
type Transport struct {
	Config

	client http.Client
	budget *budget
	// address is what stands before a call's path.
	address string
	// turn is what go-retryablehttp's loop sends, over and over: see call.
	turn http.Request
}

// New copies the caller's http.Client, so that our redirect rules never change theirs.
func New(config Config) *Transport {
	own := *config.HTTPClient
	own.CheckRedirect = redirectRule(own.CheckRedirect)
	own.Transport = readable{own.Transport}
	turn := http.Request{Method: http.MethodGet, URL: config.Base, Header: http.Header{}}
	address := config.Base.String()
	shared := &budget{size: min(config.Policy.Budget, mostRetries)}
	return &Transport{Config: config, client: own, budget: shared, address: address, turn: turn}
}

// Request is one call.
type Request struct {
	Method string
	// Path starts with a slash, is escaped, and may carry a query.
	Path   string
	Header http.Header
	Body   []byte
	// Credential tells that whoever has the answer can act on it: not even a part of it is shown.
	Credential bool
	// NoRetry sends the call once at most.
	NoRetry bool
	// Read takes the value out of the body of a successful response, and the envelope out of every other one. Its error
	// fails the attempt, unless the envelope or the HTTP status reports a failure already. The body is empty only if the
	// status needs none.
	Read func(status int, contentType string, body []byte) (wire.Envelope, error)
	// Stream, if set, takes a successful response while it arrives, in place of Read. It calls next before it hands out an
	// element, and ends with next's error if there is one.
	Stream func(body io.Reader, next func() error) (wire.Envelope, error)
}

// Result is what came of a call: the last attempt, and the count of all.
type Result struct {
	Attempt

	// Attempts counts the attempts that were begun.
	Attempts int
	// Asked is since when the server may have been at work on its answer: when the last attempt was sent, or one before it
	// that got none.
	Asked time.Time
	// Duration is the time from the start of the call to its end, waits included.
	Duration time.Duration
	// ContextErr is why the caller's context ended the call, nil if it did not.
	ContextErr error
	// HeldBack is what kept the attempt after this one from being sent, nil if nothing did.
	HeldBack error
	// OutOfBudget tells that the call would have been retried, had the client's budget not been spent.
	OutOfBudget bool
	// Tokens are the secrets that were sent, for redaction.
	Tokens []string
	// Credential is that of the Request.
	Credential bool

	// hider hides the first of the Tokens, as many as hidden.
	hider  *redact.Redactor
	hidden int
}

// Do sends a call until an attempt succeeds, fails for good, or the policy or the context says stop.
func (t *Transport) Do(ctx context.Context, request Request) Result {
	c := &call{transport: t, request: request, result: Result{Credential: request.Credential}}
	if err := ContextError(ctx); err != nil {
		c.result.Err, c.result.ContextErr = err, err
		return c.result
	}
	start := time.Now()
	c.run(ctx)
	if c.result.StatusCode != 0 && !c.result.retryable(request.Method) {
		t.budget.answered()
	}
	c.result.Duration = time.Since(start)
	if err := ContextError(ctx); err != nil && c.result.Err != nil {
		c.result.ContextErr = err
	}
	return c.result
}

// ContextError is why a context ended, its cause included; nil while it goes on.
func ContextError(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if err == nil || errors.Is(cause, err) {
		return cause
	}
	return fmt.Errorf("%w: %w", err, cause)
}

// call is the state of one Do. It is the RoundTripper under go-retryablehttp's loop, which learns no more than that it
// is its turn: so the loop can neither close the caller's idle connections nor read a body outside an attempt.
type call struct {
	transport *Transport
	request   Request
	result    Result
	wait      time.Duration

	loop   retryablehttp.Client
	client http.Client
	done   http.Response
}

func (c *call) run(ctx context.Context) {
	c.client.Transport = c
	c.done = http.Response{StatusCode: http.StatusOK, Body: http.NoBody}
	c.loop = retryablehttp.Client{
		HTTPClient:   &c.client,
		RetryMax:     c.transport.Policy.MaxAttempts - 1,
		CheckRetry:   c.checkRetry,
		Backoff:      func(_, _ time.Duration, _ int, _ *http.Response) time.Duration { return c.wait },
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	response, err := c.loop.Do(&retryablehttp.Request{Request: c.transport.turn.WithContext(ctx)})
	if err == nil {
		_ = response.Body.Close() // http.NoBody, see RoundTrip
	}
}

// RoundTrip makes one attempt. What it found is in c.result: the response only tells the loop that there was one.
func (c *call) RoundTrip(turn *http.Request) (*http.Response, error) {
	c.result.Attempts++
	start, before := time.Now(), c.result.Attempt
	c.result.Attempt = c.attempt(turn.Context())
	c.logAttempt(turn.Context(), time.Since(start))
	if before.answered() || c.result.Asked.IsZero() {
		c.result.Asked = c.result.Begun
	}
	held := wasHeldBack(c.result.Err)
	if held {
		c.result.Attempts--
	}
	switch ended := c.interrupted(turn.Context()); {
	case before.Err == nil:
	case held:
		c.result.HeldBack = c.result.Err
		c.result.Attempt = before
	case ended && Repeatable(c.request.Method):
		c.result.Attempt = before // it says more than the end of the context, which the result has anyway
	}
	return &c.done, nil
}

func (a *Attempt) answered() bool { return a.StatusCode != 0 && !a.Cut }

// interrupted tells that the caller's context ended the attempt before there was an answer.
func (c *call) interrupted(ctx context.Context) bool {
	return ctx.Err() != nil && c.result.Err != nil && c.result.StatusCode == 0
}

// checkRetry decides what the loop does next, and how long it waits before.
func (c *call) checkRetry(ctx context.Context, _ *http.Response, _ error) (bool, error) {
	spent := c.request.NoRetry || c.result.HeldBack != nil || c.result.Attempts >= c.transport.Policy.MaxAttempts
	select {
	case <-ctx.Done():
		return false, nil
	default:
		if spent || !c.result.retryable(c.request.Method) {
			return false, nil
		}
	}
	left := timeLeft(ctx)
	c.wait = c.transport.Policy.wait(c.result.Attempts, c.result.RetryAfter, left)
	switch {
	case c.result.RetryAfter > c.transport.Policy.MaxRetryAfter:
		return false, nil
	case left <= c.wait:
		c.result.ContextErr = context.DeadlineExceeded
		return false, nil
	case !c.transport.budget.take():
		c.result.OutOfBudget = true
		return false, nil
	}
	if c.transport.Logger.Enabled(ctx, slog.LevelWarn) {
		c.logRetry(ctx)
	}
	return true, nil
}

func timeLeft(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return math.MaxInt64
	}
	return time.Until(deadline)
}

func (c *call) logAttempt(ctx context.Context, took time.Duration) {
	if !c.transport.Logger.Enabled(ctx, slog.LevelDebug) {
		return
	}
	attrs := []slog.Attr{
		slog.String("method", c.request.Method),
		slog.String("path", PathOnly(c.request.Path)),
		slog.Int("attempt", c.result.Attempts),
		slog.Int("status", c.result.StatusCode),
		slog.Duration("duration", took),
		slog.String("request_id", c.result.RequestID()),
	}
	if c.result.Err != nil {
		attrs = append(attrs, slog.String("error", c.result.Hide(c.result.Err.Error())))
	}
	c.transport.Logger.LogAttrs(ctx, slog.LevelDebug, "whatspie: attempt", attrs...)
}

func (c *call) logRetry(ctx context.Context) {
	c.transport.Logger.LogAttrs(ctx, slog.LevelWarn, "whatspie: retry",
		slog.String("method", c.request.Method),
		slog.String("path", PathOnly(c.request.Path)),
		slog.Int("attempt", c.result.Attempts),
		slog.Int("status", c.result.StatusCode),
		slog.Duration("wait", c.wait),
		slog.String("error", c.result.Hide(c.result.Err.Error())),
	)
}
