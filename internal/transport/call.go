package transport

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// call is the state of one Do, carried in the context of its requests.
type call struct {
	config  *Config
	budget  *budget
	request Request
	// attempt is the current attempt, result the result so far.
	attempt attempt
	result  Result
	// token is the memory for result.Tokens, which rarely has more than one.
	token [1]string
	// wait is the wait before the next attempt.
	wait time.Duration
	// retrier is not shared between calls, because its callbacks are bound to this one.
	retrier retryablehttp.Client
}

type callKey struct{}

func callOf(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}

// send runs the attempts. checkRetry has read each response and stored the result in c.result.
func (t *Transport) send(ctx context.Context, c *call) {
	var body any
	if c.request.Body != nil {
		body = c.request.Body
	}
	ctx = context.WithValue(ctx, callKey{}, c)
	request, err := retryablehttp.NewRequestWithContext(ctx, c.request.Method, t.baseURL+c.request.Path, body)
	if err != nil {
		c.result.Err = fmt.Errorf("%w: %w", errInvalidRequest, err)
		return
	}
	maps.Copy(request.Header, c.request.Header.Clone())
	c.retrier = retryablehttp.Client{
		HTTPClient:   &t.client,
		RetryMax:     t.Policy.MaxAttempts - 1,
		CheckRetry:   c.checkRetry,
		Backoff:      c.backoff,
		PrepareRetry: prepareRetry,
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	response, err := c.retrier.Do(request)
	if err == nil {
		_ = response.Body.Close() // already http.NoBody
	}
}

// prepareRetry resets the header to the call's: the http.Client added its cookies to the previous request.
func prepareRetry(request *http.Request) error {
	if request.Header = callOf(request.Context()).request.Header.Clone(); request.Header == nil {
		request.Header = http.Header{}
	}
	return nil
}

// checkRetry reads and evaluates a response, and decides whether to retry.
func (c *call) checkRetry(ctx context.Context, response *http.Response, err error) (bool, error) {
	c.finishAttempt(ctx, response, err)
	if !c.mayRetry(ctx) {
		return false, nil
	}
	remaining := remainingTime(ctx)
	c.wait = c.config.Policy.wait(c.result.Attempts, c.result.RetryAfter, remaining)
	switch {
	case c.result.RetryAfter > c.config.Policy.MaxRetryAfter:
		return false, nil
	case remaining <= c.wait:
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
	return ctx.Err() == nil && !c.request.NoRetry && c.result.RetryErr == nil &&
		c.result.Attempts < c.config.Policy.MaxAttempts && c.result.retryable(c.request.Method)
}

// backoff returns the wait that checkRetry has already compared with the remaining time.
func (c *call) backoff(_, _ time.Duration, _ int, _ *http.Response) time.Duration { return c.wait }

// finishAttempt stores the result of the attempt in c.result. It keeps the result of the previous attempt if this one
// was not sent, or if the context ended a safe request: the context's error is reported in any case.
func (c *call) finishAttempt(ctx context.Context, response *http.Response, err error) {
	defer c.attempt.end()
	latest, startErr := c.result, c.attempt.startErr
	latest.AttemptResult = AttemptResult{Err: startErr}
	if startErr == nil {
		c.receive(&latest.AttemptResult, response, err)
	}
	c.logAttempt(ctx, &latest)
	isFirst := c.result.Err == nil
	interrupted := ctx.Err() != nil && latest.Err != nil && latest.StatusCode == 0
	switch {
	case startErr != nil && !isFirst:
		c.result.RetryErr = startErr
	case interrupted && !isFirst && IsSafe(c.request.Method): // keep the previous result
	default:
		c.result = latest
	}
}

func remainingTime(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return math.MaxInt64
	}
	return time.Until(deadline)
}

// ContextError returns why the context ended, including its cause; nil if it has not ended.
func ContextError(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if err == nil || errors.Is(cause, err) {
		return cause
	}
	return fmt.Errorf("%w: %w", err, cause)
}
