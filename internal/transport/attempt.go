package transport

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

var errTimeout = attemptTimeoutError{}

// attemptTimeoutError satisfies errors.Is and net.Error like any other deadline, as net/http's own timeout does.
type attemptTimeoutError struct{}

func (attemptTimeoutError) Error() string   { return "attempt timed out" }
func (attemptTimeoutError) Timeout() bool   { return true }
func (attemptTimeoutError) Temporary() bool { return true }
func (attemptTimeoutError) Is(target error) bool {
	return target == context.DeadlineExceeded
}

// call is the state of one Do, carried in the context of its requests.
type call struct {
	config  *Config
	budget  *budget
	request Request
	result  Result
	running attempt
	wait    time.Duration
	// loop is not shared between calls, because its callbacks are bound to this one.
	loop retryablehttp.Client
}

// attempt is the running attempt, from its first RoundTrip until checkRetry has judged the result.
type attempt struct {
	begun  time.Time
	ctx    context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer
	bearer string
	trace  *sendTrace
	// heldBack is why the request was not sent.
	heldBack error
}

func (a *attempt) end() {
	if a.cancel != nil {
		a.timer.Stop()
		a.cancel(nil)
	}
}

// cause removes net/http's wrapper, which repeats the URL, and prefers our own reason to the "context canceled" it
// caused.
func (a *attempt) cause(err error) error {
	if a.ctx != nil {
		if why := context.Cause(a.ctx); errors.Is(why, errTimeout) || errors.Is(why, errSentAgain) {
			return why
		}
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

type callKey struct{}

func callOf(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}

// sender is the RoundTripper of our http.Client. It adds what is specific to an attempt. As in an http.Client, nil
// means http.DefaultTransport at the time of sending.
type sender struct{ next http.RoundTripper }

func (s sender) RoundTrip(request *http.Request) (*http.Response, error) {
	c := callOf(request.Context())
	if isRedirected := request.Response != nil; !isRedirected {
		if err := c.begin(request.Context()); err != nil {
			c.running.heldBack = err
			return nil, err
		}
	}
	next := s.next
	if next == nil {
		next = http.DefaultTransport
	}
	c.running.trace = c.newTrace(request.Method, next)
	outgoing := request.WithContext(c.running.trace.watch(c.running.ctx)) //nolint:contextcheck // derived in begin
	outgoing.Header = c.header(request)
	response, err := next.RoundTrip(outgoing)
	if err == nil && response != nil {
		dropBrokenLocation(request.URL, response)
	}
	return response, err
}

func (c *call) newTrace(method string, next http.RoundTripper) *sendTrace {
	_, direct := next.(*http.Transport)
	trace := &sendTrace{stop: c.running.cancel, direct: direct, repeatable: Repeatable(method)}
	if !c.request.NoRetry {
		trace.replays = 1
	}
	return trace
}

// begin waits for the limiter and the token source, which do not count towards the attempt's timeout, and starts the
// attempt.
func (c *call) begin(ctx context.Context) error {
	if c.config.Limiter != nil {
		if err := c.config.Limiter.Wait(ctx); err != nil {
			return fmt.Errorf("%w: %w", ErrLimiter, err)
		}
	}
	token, err := c.config.Token(ctx)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrToken, err)
	}
	if err := CheckToken(token); err != nil {
		return fmt.Errorf("%w: %w", ErrBadToken, err)
	}
	if err := ContextError(ctx); err != nil { // limiter, token source and transport may ignore the context
		return fmt.Errorf("%w: %w", errTooLate, err)
	}
	if !slices.Contains(c.result.Tokens, token) {
		c.result.Tokens = append(c.result.Tokens, token)
	}
	c.result.Attempts++
	a := &c.running
	a.begun, a.bearer = time.Now(), "Bearer "+token
	a.ctx, a.cancel = context.WithCancelCause(ctx)
	cancel := a.cancel
	a.timer = time.AfterFunc(c.attemptTimeout(), func() { cancel(errTimeout) })
	return nil
}

func (c *call) attemptTimeout() time.Duration {
	if c.request.AttemptTimeout > 0 {
		return min(c.request.AttemptTimeout, c.config.AttemptTimeout)
	}
	return c.config.AttemptTimeout
}

// header combines the headers of the call and the http.Client's cookies with ours, which no caller can override.
func (c *call) header(request *http.Request) http.Header {
	names := [...]string{"Authorization", "Accept", "User-Agent", "Content-Type"}
	values := [...]string{c.running.bearer, "application/json; charset=utf-8", c.config.UserAgent, "application/json"}
	header := make(http.Header, len(request.Header)+len(names))
	maps.Copy(header, request.Header)
	for i, name := range names {
		if name != "Content-Type" || request.Body != nil {
			header[name] = values[i : i+1 : i+1]
		}
	}
	return header
}

// ContextError returns why the context ended, including its cause; nil if it has not ended.
func ContextError(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if err == nil || errors.Is(cause, err) {
		return cause
	}
	return fmt.Errorf("%w: %w", err, cause)
}
