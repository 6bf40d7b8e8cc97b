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

// Client calls the API for one account. Create it with [NewClient] and share it: it is safe for concurrent use, and its
// loops share their polls. It does not need to be closed.
type Client struct {
	// Devices manages the account's devices.
	Devices *DevicesService

	api *api
}

// NewClient returns a client that authenticates with the token. It sends nothing. The error says which option is
// invalid or what is wrong with the token. It matches [ErrInsecureURL] if the base URL would send the token
// unencrypted.
//
// Source: https://docs.whatspie.com/docs/authentication
func NewClient(token string, opts ...Option) (*Client, error) {
	s, err := newSettings(token, opts)
	if err != nil {
		return nil, fmt.Errorf("whatspie: %w", err)
	}
	a := &api{transport: transport.New(s.config), drifts: s.drifts}
	polls := &api{transport: a.transport, drifts: s.drifts, attemptTimeout: s.pollTimeout()}
	return &Client{Devices: newDevicesService(a, polls, s.pollInterval), api: a}, nil
}

// NewClientFromEnv calls [NewClient] with the token from the environment variable WHATSPIE_API_TOKEN, or from
// WHATSPIE_TOKEN if that is not set. The base URL is WHATSPIE_BASE_URL, or [DefaultBaseURL] if that is not set. Options
// take precedence over the environment.
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

// Call sends a request to any endpoint of the API, with the same authentication, retries, envelopes and errors as the
// typed methods. The path starts with a slash and may have a query. If in is not nil, it is sent as JSON. If out is not
// nil, the "data" of the response is decoded into it with encoding/json, or the whole body if there is no envelope. A
// success without data is decoded as null.
//
// GET, HEAD, OPTIONS and TRACE are retried as reads. A request with any other method may change something: it is
// retried only if the server certainly did not act on it, and fails with [ErrOutcomeUnknown] if that is not known.
//
// Every error is an [*APIError]. It matches [ErrInvalidRequest] if the path is an absolute URL or contains a fragment,
// a control character, or an empty or dot segment, even if percent-encoded.
func (c *Client) Call(ctx context.Context, method, path string, in, out any, opts ...CallOption) error {
	_, err := do(ctx, c.api, method, route{path, checkOut(out)}, in, &callResult{out: out}, opts)
	return err
}

// String returns the client's base URL, without the token.
func (c *Client) String() string {
	if c == nil || c.api == nil {
		return "whatspie.Client{}"
	}
	return "whatspie.Client{" + c.api.transport.Base.Redacted() + "}"
}
