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

// Client talks to the API for one account. Make one with [NewClient] and share it: it is safe for concurrent use,
// and the loops of one Client share their polls. It needs no closing.
type Client struct {
	// Devices manages the account's devices.
	Devices *DevicesService

	caller *caller
}

// NewClient makes a client that authenticates with the token. It sends nothing yet. The error says which option or
// which part of the token cannot be used; it is [ErrInsecureURL] for a base URL that would show the token.
//
// Source: https://docs.whatspie.com/docs/authentication
func NewClient(token string, opts ...Option) (*Client, error) {
	s, err := newSettings(token, opts)
	if err != nil {
		return nil, fmt.Errorf("whatspie: %w", err)
	}
	calls := &caller{transport: transport.New(s.config), drifts: s.drifts}
	polls := &caller{transport: transport.New(s.polling()), drifts: s.drifts}
	return &Client{Devices: newDevicesService(calls, polls, s.pollInterval), caller: calls}, nil
}

// NewClientFromEnv makes a client with the token in WHATSPIE_API_TOKEN, else in WHATSPIE_TOKEN, and the base URL in
// WHATSPIE_BASE_URL, else [DefaultBaseURL]. Options count over the environment.
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

// Call reaches any endpoint of the API with the same authentication, retries, envelopes and errors as the typed
// methods. The path starts with a slash and may carry a query; absolute URLs, empty and dot segments (encoded ones
// too) and control characters are [ErrInvalidRequest]. A non-nil in is sent as JSON. Into a non-nil out goes the
// answer's "data", or its whole body where it has no envelope.
//
// HTTP's safe methods (GET, HEAD, OPTIONS, TRACE) are retried as reads. Every other is taken for one that changes
// something: it is sent again only where the server certainly did not act on it, and an answer that leaves that open is
// [ErrOutcomeUnknown]. A success without data is read as null.
//
// Every error is an [*APIError].
func (c *Client) Call(ctx context.Context, method, path string, in, out any, opts ...CallOption) error {
	into, err := newDecoded(out)
	if err != nil {
		return refused(method, path, err, opts)
	}
	return c.caller.call(ctx, method, path, in, into, opts)
}

// String names the client without its token.
func (c *Client) String() string {
	if c == nil || c.caller == nil {
		return "whatspie.Client{}"
	}
	return "whatspie.Client{" + c.caller.transport.Base.Redacted() + "}"
}
