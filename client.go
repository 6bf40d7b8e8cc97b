package whatspie

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/whatspie-go/whatspie/internal/transport"
)

// The environment variables that [NewClientFromEnv] reads.
const (
	envPrimary  = "WHATSPIE_API_TOKEN"
	envFallback = "WHATSPIE_TOKEN"
	envBaseURL  = "WHATSPIE_BASE_URL"
)

// Client calls the API for one account. Make one with [NewClient] and share it: it is safe for concurrent use, and its loops
// share their polls. It needs no closing.
type Client struct {
	// Devices manages the account's devices.
	Devices *DevicesService

	caller *caller
}

// NewClient returns a client that authenticates with the token. It sends nothing. The error says which option is invalid or
// what is wrong with the token. It is [ErrInsecureURL] if the base URL would send the token unencrypted.
//
// Source: https://docs.whatspie.com/docs/authentication
func NewClient(token string, opts ...Option) (*Client, error) {
	s, err := newSettings(token, opts)
	if err != nil {
		return nil, fmt.Errorf("whatspie: %w", err)
	}
	calls := &caller{transport: transport.New(s.config), drifts: s.drifts}
	polls := &caller{transport: calls.transport, drifts: s.drifts, attemptTimeout: s.pollTimeout()}
	return &Client{Devices: newDevicesService(calls, polls, s.pollInterval), caller: calls}, nil
}

// NewClientFromEnv is [NewClient] with the token in the environment variable WHATSPIE_API_TOKEN, or in WHATSPIE_TOKEN if that
// is not set, and the base URL in WHATSPIE_BASE_URL, or [DefaultBaseURL]. Options take precedence over the environment.
func NewClientFromEnv(opts ...Option) (*Client, error) {
	token := os.Getenv(envPrimary)
	if token == "" {
		token = os.Getenv(envFallback)
	}
	if base := os.Getenv(envBaseURL); base != "" {
		opts = slices.Insert(slices.Clone(opts), 0, WithBaseURL(base))
	}
	c, err := NewClient(token, opts...)
	if errors.Is(err, transport.ErrNoToken) {
		return nil, fmt.Errorf("%w (set %s)", err, envPrimary)
	}
	return c, err
}

// Call sends a request to any endpoint of the API, with the same authentication, retries, envelopes and errors as the typed
// methods. The path starts with a slash and may have a query. If in is not nil, it is sent as JSON. If out is not nil, the
// response's "data" is decoded into it with encoding/json, or the whole body if there is no envelope; a success without data
// is null.
//
// GET, HEAD, OPTIONS and TRACE are retried as reads. A request with any other method may change something: it is retried only
// if the server certainly did not act on it, and fails with [ErrOutcomeUnknown] if that is not known.
//
// Every error is an [*APIError]. It is [ErrInvalidRequest] if the path is an absolute URL or contains a fragment, a control
// character, or an empty or dot segment, also in an encoded form.
func (c *Client) Call(ctx context.Context, method, path string, in, out any, opts ...CallOption) error {
	into, err := newDecoded(out)
	if err != nil {
		return refuseCall(method, path, err, opts)
	}
	return c.caller.call(ctx, method, path, in, into, opts)
}

// String returns the client's base URL, without the token.
func (c *Client) String() string {
	if c == nil || c.caller == nil {
		return "whatspie.Client{}"
	}
	return "whatspie.Client{" + c.caller.transport.Base.Redacted() + "}"
}
