// Package transport performs one call to the API: the attempts, the waits between them, and the outcome.
package transport

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"time"
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

// Transport sends calls. It is safe for concurrent use.
type Transport struct {
	Config

	client  http.Client
	budget  budget
	baseURL string
}

// New copies the caller's http.Client, so that our redirect rule does not change the original.
func New(config Config) *Transport {
	t := &Transport{Config: config, client: *config.HTTPClient, baseURL: config.Base.String()}
	t.budget.size = config.Policy.Budget
	t.client.CheckRedirect = redirectRule(t.client.CheckRedirect)
	t.client.Transport = sender{t.client.Transport}
	if t.client.Timeout > 0 { // net/http would include the limiter's wait, and start a timer and a goroutine
		t.AttemptTimeout = min(t.AttemptTimeout, t.client.Timeout)
		t.client.Timeout = 0
	}
	return t
}

// Do sends a call until an attempt succeeds or fails permanently, or the policy or the context ends it.
func (t *Transport) Do(ctx context.Context, request Request) Result {
	c := &call{config: &t.Config, budget: &t.budget, request: request, result: Result{MayHoldQRCode: request.MayHoldQRCode}}
	if err := ContextError(ctx); err != nil {
		c.result.Err, c.result.ContextErr = err, err
		return c.result
	}
	c.result.Tokens = c.token[:0]
	start := time.Now()
	t.send(ctx, c)
	if c.result.StatusCode != 0 && !c.result.retryable(request.Method) {
		t.budget.refund()
	}
	c.result.Duration = time.Since(start)
	if err := ContextError(ctx); err != nil && c.result.Err != nil {
		c.result.ContextErr = err
	}
	return c.result
}
