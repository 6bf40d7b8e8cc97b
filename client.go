package whatspie

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/whatspie-go/whatspie/internal/transport"
	"github.com/whatspie-go/whatspie/internal/wire"
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

	transport *transport.Transport
	// drifts is nil where nobody wants to know.
	drifts *drifts
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
	c := &Client{transport: transport.New(s.config), drifts: s.drifts}
	polls := &Client{transport: transport.New(s.polling()), drifts: s.drifts}
	c.Devices = newDevicesService(c, polls, s.pollInterval)
	return c, nil
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

// CallOption changes one call.
type CallOption func(*callSettings) error

type callSettings struct {
	header   http.Header
	noRetry  bool
	response *Response
	asked    *time.Time
}

// WithHeader adds a header to one call, such as a trace ID. Those that the client itself sets (Authorization, Accept,
// User-Agent, Content-Type) and those that frame the message or the connection are refused, and so is Idempotency-Key:
// the API ignores it, while net/http would take it as leave to send a POST twice.
func WithHeader(key, value string) CallOption {
	return func(s *callSettings) error {
		canonical := http.CanonicalHeaderKey(key)
		switch canonical {
		case "", "Authorization", "Host", "Accept", "Accept-Encoding", "User-Agent", "Content-Type", "Content-Length",
			"Content-Encoding", "Transfer-Encoding", "Te", "Trailer", "Connection", "Keep-Alive", "Upgrade",
			"Proxy-Connection", "Proxy-Authorization", "Idempotency-Key", "X-Idempotency-Key":
			return fmt.Errorf("header %q cannot be set", canonical)
		}
		if !isHeaderName(key) || hasControl(value) {
			return errors.New("a header has a character in it that cannot be sent")
		}
		if s.header == nil {
			s.header = http.Header{}
		}
		s.header.Add(key, value)
		return nil
	}
}

// WithoutRetry sends the call once at most.
func WithoutRetry() CallOption {
	return func(s *callSettings) error {
		s.noRetry = true
		return nil
	}
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
	request := transport.Request{Method: method, Path: path}
	if into := reflect.ValueOf(out); out != nil && (into.Kind() != reflect.Pointer || into.IsNil()) {
		return refused(method, path, fmt.Errorf("the result is a %T, not a pointer to fill in", out), opts)
	}
	request.Read = func(status int, contentType string, body []byte) (wire.Envelope, error) {
		if len(body) == 0 { // enough for a result that can do without data
			answer := wire.Envelope{Unclear: status != http.StatusNoContent && method != http.MethodHead}
			return answer, decode(answer, out)
		}
		if result, ok := out.(documentedAnswer); ok && c.drifts == nil && wire.ReadAnswer(contentType, body, result.read) {
			return wire.Envelope{}, nil
		}
		answer, err := wire.Open(contentType, body)
		if err != nil || answer.Failed {
			return answer, err
		}
		return answer, decode(answer, out)
	}
	return c.send(ctx, request, in, c.inspect(method, path, answerOf(out)), opts)
}

// send is the one way out: it checks, sends, and turns what came of it into an error or nil.
func (c *Client) send(ctx context.Context, request transport.Request, in any, look *inspection, opts []CallOption) error {
	s, err := settle(opts)
	if err != nil {
		return invalid(request.Method, request.Path, err)
	}
	body, err := prepare(ctx, request, in)
	if err != nil {
		return invalid(request.Method, request.Path, err)
	}
	request.Body, request.Header, request.NoRetry = body, s.header, s.noRetry
	request.Credential = isQR(request.Path)
	result := c.transport.Do(ctx, request)
	look.end(result)
	if s.asked != nil {
		*s.asked = result.Asked
	}
	if s.response != nil {
		*s.response = newResponse(result)
	}
	return newAPIError(request, result)
}

// settle applies all the options, even behind one that is refused: a Response among them is emptied.
func settle(opts []CallOption) (callSettings, error) {
	var s callSettings
	var failed error
	for _, opt := range opts {
		if opt == nil {
			failed = cmp.Or(failed, errors.New("a call option is nil"))
			continue
		}
		failed = cmp.Or(failed, opt(&s))
	}
	return s, failed
}

// refused is the error of a call whose arguments lead to no request.
func refused(method, path string, err error, opts []CallOption) error {
	_, failed := settle(opts)
	return invalid(method, path, errors.Join(err, failed))
}

// prepare checks everything that can be wrong before a byte is sent.
func prepare(ctx context.Context, request transport.Request, in any) ([]byte, error) {
	if err := contextGiven(ctx); err != nil {
		return nil, err
	}
	if !isMethod(request.Method) {
		return nil, fmt.Errorf("method %q is not an HTTP method", request.Method)
	}
	if err := transport.CheckPath(request.Path); err != nil {
		return nil, err
	}
	return encode(in)
}

func contextGiven(ctx context.Context) error {
	if ctx == nil {
		return errors.New("the context is nil")
	}
	return nil
}

func encode(in any) ([]byte, error) {
	if in == nil {
		return nil, nil
	}
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(in); err != nil {
		return nil, fmt.Errorf("the body cannot be encoded: %w", err)
	}
	return bytes.TrimSuffix(body.Bytes(), []byte("\n")), nil
}

// decode hands missing data, as null, to the types that can tell what that means. In place of a list, it is an empty one only
// where nothing else is said.
func decode(answer wire.Envelope, out any) error {
	if out == nil {
		return nil
	}
	if _, list := out.(*listAnswer); list && (answer.Unclear || answer.MessageOnly) {
		return errNoList
	}
	data := answer.Data
	if data == nil {
		data = json.RawMessage("null")
	}
	if strict, ok := out.(json.Unmarshaler); ok {
		return hideMisfit(out, strict.UnmarshalJSON(data))
	}
	return hideMisfit(out, json.Unmarshal(data, out))
}

// isHeaderName knows HTTP's token characters: net/http would refuse any other at every attempt.
func isHeaderName(key string) bool {
	return !strings.ContainsFunc(key, func(r rune) bool {
		letter := 'a' <= r|0x20 && r|0x20 <= 'z'
		return !letter && !strings.ContainsRune("0123456789!#$%&'*+-.^_`|~", r)
	})
}

func isMethod(method string) bool {
	return method != "" && strings.Trim(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

func hasControl(s string) bool { return strings.ContainsFunc(s, unicode.IsControl) }

// String names the client without its token.
func (c *Client) String() string {
	if c == nil || c.transport == nil {
		return "whatspie.Client{}"
	}
	return "whatspie.Client{" + c.transport.Base.Redacted() + "}"
}
