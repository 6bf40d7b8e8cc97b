// Package transport performs one call to the API: the attempts, the waits between them, and the outcome.
package transport

import (
	"context"
	"fmt"
	"maps"
	"math"
	"net/http"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// Transport sends calls. It is safe for concurrent use.
type Transport struct {
	Config

	client http.Client
	budget budget
	// address precedes the path of a call.
	address string
}

// New copies the caller's http.Client, so that our redirect rule does not change the original.
func New(config Config) *Transport {
	t := &Transport{Config: config, client: *config.HTTPClient, address: config.Base.String()}
	t.budget.size = config.Policy.Budget
	t.client.CheckRedirect = redirectRule(t.client.CheckRedirect)
	t.client.Transport = sender{t.client.Transport}
	if t.client.Timeout > 0 { // net/http would include the limiter's wait, and start a timer and a goroutine
		t.AttemptTimeout = min(t.AttemptTimeout, t.client.Timeout)
		t.client.Timeout = 0
	}
	return t
}

// Do sends a call until an attempt succeeds or fails for good, or the policy or the context ends it.
func (t *Transport) Do(ctx context.Context, request Request) Result {
	c := &call{config: &t.Config, budget: &t.budget, request: request, result: Result{Credential: request.Credential}}
	if err := ContextError(ctx); err != nil {
		c.result.Err, c.result.ContextErr = err, err
		return c.result
	}
	start := time.Now()
	t.send(ctx, c)
	if c.result.StatusCode != 0 && !c.result.retryable(request.Method) {
		t.budget.answered()
	}
	c.result.Duration = time.Since(start)
	if err := ContextError(ctx); err != nil && c.result.Err != nil {
		c.result.ContextErr = err
	}
	return c.result
}

// send runs the attempts. checkRetry has read each response and stored the outcome in c.result.
func (t *Transport) send(ctx context.Context, c *call) {
	var body any
	if c.request.Body != nil {
		body = c.request.Body
	}
	request, err := retryablehttp.NewRequestWithContext(context.WithValue(ctx, callKey{}, c), c.request.Method, t.address+c.request.Path, body)
	if err != nil {
		c.result.Err = fmt.Errorf("%w: %w", errUnsendable, err)
		return
	}
	maps.Copy(request.Header, c.request.Header.Clone())
	c.loop = retryablehttp.Client{
		HTTPClient:   &t.client,
		RetryMax:     t.Policy.MaxAttempts - 1,
		CheckRetry:   c.checkRetry,
		Backoff:      c.backoff,
		PrepareRetry: prepareRetry,
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	response, err := c.loop.Do(request)
	if err == nil {
		_ = response.Body.Close() // already http.NoBody
	}
}

// prepareRetry resets the header to the call's: the http.Client added its cookies to the last one.
func prepareRetry(request *http.Request) error {
	if request.Header = callOf(request.Context()).request.Header.Clone(); request.Header == nil {
		request.Header = http.Header{}
	}
	return nil
}

// checkRetry reads and judges a response, and decides whether to retry.
func (c *call) checkRetry(ctx context.Context, response *http.Response, err error) (bool, error) {
	c.finish(ctx, response, err)
	if !c.mayRetry(ctx) {
		return false, nil
	}
	left := timeLeft(ctx)
	c.wait = c.config.Policy.wait(c.result.Attempts, c.result.RetryAfter, left)
	switch {
	case c.result.RetryAfter > c.config.Policy.MaxRetryAfter:
		return false, nil
	case left <= c.wait:
		c.result.ContextErr = context.DeadlineExceeded
		return false, nil
	case !c.budget.take():
		c.result.OutOfBudget = true
		return false, nil
	}
	c.logRetry(ctx)
	return true, nil
}

func (c *call) mayRetry(ctx context.Context) bool {
	return ctx.Err() == nil && !c.request.NoRetry && c.result.HeldBack == nil &&
		c.result.Attempts < c.config.Policy.MaxAttempts && c.result.retryable(c.request.Method)
}

// backoff returns the wait that checkRetry has already compared with the remaining time.
func (c *call) backoff(_, _ time.Duration, _ int, _ *http.Response) time.Duration { return c.wait }

// finish stores the last attempt as the result, unless the one before it is more informative.
func (c *call) finish(ctx context.Context, response *http.Response, err error) {
	running, before := c.running, c.result.Attempt
	defer running.end()
	if running.heldBack != nil {
		c.result.Attempt = Attempt{Err: running.heldBack}
	} else {
		c.result.Attempt = Attempt{}
		c.receive(&c.result.Attempt, response, err)
	}
	c.logAttempt(ctx)
	c.running = attempt{}
	switch interrupted := ctx.Err() != nil && c.result.Err != nil && c.result.StatusCode == 0; {
	case before.Err == nil:
	case running.heldBack != nil:
		c.result.HeldBack, c.result.Attempt = running.heldBack, before
	case interrupted && Repeatable(c.request.Method): // the result has the context's error anyway
		c.result.Attempt = before
	}
}

func timeLeft(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return math.MaxInt64
	}
	return time.Until(deadline)
}
