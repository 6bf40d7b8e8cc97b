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
)

var errTimeout = attemptTimeoutError{}

// attemptTimeoutError matches context.DeadlineExceeded and is a net.Error, like net/http's own timeout error.
type attemptTimeoutError struct{}

func (attemptTimeoutError) Error() string   { return "attempt timed out" }
func (attemptTimeoutError) Timeout() bool   { return true }
func (attemptTimeoutError) Temporary() bool { return true }
func (attemptTimeoutError) Is(target error) bool {
	return target == context.DeadlineExceeded
}

// attempt is the state of one attempt, from its first RoundTrip until checkRetry has evaluated the response.
type attempt struct {
	// startErr is why the request was not sent: the limiter, the token source or the context. The other fields are then
	// unset.
	startErr      error
	startedAt     time.Time
	ctx           context.Context
	cancel        context.CancelCauseFunc
	timer         *time.Timer
	authorization string
	trace         *sendTrace
}

func (a *attempt) end() {
	if a.cancel != nil {
		a.timer.Stop()
		a.cancel(nil)
	}
	*a = attempt{}
}

// cause removes net/http's wrapper, which repeats the URL. If we canceled the attempt, it returns our reason in place
// of "context canceled".
func (a *attempt) cause(err error) error {
	if a.ctx != nil {
		if reason := context.Cause(a.ctx); errors.Is(reason, errTimeout) || errors.Is(reason, errSentAgain) {
			return reason
		}
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

// sender is the RoundTripper of our http.Client. It adds what is specific to an attempt. As in an http.Client, nil
// means http.DefaultTransport at the time of sending.
type sender struct{ next http.RoundTripper }

func (s sender) RoundTrip(request *http.Request) (*http.Response, error) {
	c := callOf(request.Context())
	if isRedirected := request.Response != nil; !isRedirected {
		if err := c.startAttempt(request.Context()); err != nil {
			c.attempt.startErr = err
			return nil, err
		}
	}
	next := s.next
	if next == nil {
		next = http.DefaultTransport
	}
	c.attempt.trace = c.newTrace(request.Method, next)
	ctx := c.attempt.trace.withHooks(c.attempt.ctx)
	outgoing := request.WithContext(ctx) //nolint:contextcheck // derived in startAttempt
	outgoing.Header = c.header(request)
	response, err := next.RoundTrip(outgoing)
	if err == nil && response != nil {
		dropBrokenLocation(request.URL, response)
	}
	return response, err
}

func (c *call) newTrace(method string, next http.RoundTripper) *sendTrace {
	_, isNetHTTP := next.(*http.Transport)
	trace := &sendTrace{cancel: c.attempt.cancel, isNetHTTP: isNetHTTP, isSafe: IsSafe(method)}
	if !c.request.NoRetry {
		trace.replaysLeft = 1
	}
	return trace
}

// startAttempt waits for the limiter and the token source, and then starts the attempt's timeout.
func (c *call) startAttempt(ctx context.Context) error {
	if c.config.Limiter != nil {
		if err := c.config.Limiter.Wait(ctx); err != nil {
			return fmt.Errorf("%w: %w", ErrLimiter, err)
		}
	}
	token, err := c.config.Token(ctx)
	if err == nil {
		err = CheckToken(token)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrToken, err)
	}
	if err := ContextError(ctx); err != nil { // limiter, token source and transport may ignore the context
		return fmt.Errorf("%w: %w", errNotSent, err)
	}
	if !slices.Contains(c.result.Tokens, token) {
		c.result.Tokens = append(c.result.Tokens, token)
	}
	c.result.Attempts++
	a := &c.attempt
	a.startedAt, a.authorization = time.Now(), "Bearer "+token
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
	const acceptType, contentType = "application/json; charset=utf-8", "application/json"
	names := [...]string{"Authorization", "Accept", "User-Agent", "Content-Type"}
	values := [...]string{c.attempt.authorization, acceptType, c.config.UserAgent, contentType}
	header := make(http.Header, len(request.Header)+len(names))
	maps.Copy(header, request.Header)
	for i, name := range names {
		if name != "Content-Type" || request.Body != nil {
			header[name] = values[i : i+1 : i+1]
		}
	}
	return header
}
