package wiretest

import (
	"context"
	"net/http"
	"testing"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
)

// TokensInOrder returns a source of the tokens in order, then of the last one.
func TokensInOrder(tokens ...string) whatspie.TokenSource {
	calls := 0
	return func(context.Context) (string, error) {
		calls++
		return tokens[min(calls, len(tokens))-1], nil
	}
}

// LimiterFunc adapts a function to a limiter.
type LimiterFunc func(context.Context) error

// Wait calls the function.
func (f LimiterFunc) Wait(ctx context.Context) error { return f(ctx) }

// Token contains characters that JSON and URLs escape.
const Token = `5|s3cr3t/"T0ken"+<a&b>`

// NoWaits removes the waits between attempts.
var NoWaits = whatspie.WithRetry(whatspie.RetryPolicy{MinWait: 1, MaxWait: 1})

// NewClient returns a client with [Token].
func NewClient(tb testing.TB, opts ...whatspie.Option) *whatspie.Client {
	tb.Helper()
	client, err := whatspie.NewClient(Token, opts...)
	require.NoError(tb, err)
	return client
}

// NewMockClient returns a client with a mock transport of its own.
func NewMockClient(tb testing.TB, opts ...whatspie.Option) (*whatspie.Client, *httpmock.MockTransport) {
	tb.Helper()
	mock := httpmock.NewMockTransport()
	return NewClient(tb, append(opts, WithTransport(mock))...), mock
}

// RoundTripFunc adapts a function to http.RoundTripper.
type RoundTripFunc func(*http.Request) (*http.Response, error)

// RoundTrip calls the function.
func (f RoundTripFunc) RoundTrip(request *http.Request) (*http.Response, error) { return f(request) }

// WithTransport sends a client's requests through the transport.
func WithTransport(transport http.RoundTripper) whatspie.Option {
	return whatspie.WithHTTPClient(&http.Client{Transport: transport})
}
