package whatspie

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
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
	c.Devices = newDevicesService(c)
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
}

// WithHeader adds a header to one call, such as a trace ID. The headers that authenticate or frame the request are
// refused, and so is Idempotency-Key: the API ignores it, while net/http would take it as leave to send a POST twice.
func WithHeader(key, value string) CallOption {
	return func(s *callSettings) error {
		canonical := http.CanonicalHeaderKey(key)
		switch canonical {
		case "", "Authorization", "Host", "Accept", "Accept-Encoding", "User-Agent", "Content-Type", "Content-Length",
			"Transfer-Encoding", "Connection", "Idempotency-Key", "X-Idempotency-Key":
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

// WithResponse fills in what the last attempt answered, for success and failure alike. After
// [DevicesService.All] its Body is empty on success, and on failure the start of the answer.
func WithResponse(response *Response) CallOption {
	return func(s *callSettings) error {
		if response == nil {
			return errors.New("WithResponse: the response is nil")
		}
		s.response = response
		return nil
	}
}

// Response is the HTTP side of a call, as [WithResponse] delivers it. Printed, logged or encoded as JSON, it shows
// neither Header nor Body. The exception is where fmt does not ask a value how to print it: in an unexported field of
// another struct, and with %p.
type Response struct {
	// StatusCode is the HTTP status; 0 when no answer arrived.
	StatusCode int
	// Header is the answer's header as it came, but for a redirect's Location that cannot be parsed; nil when no answer
	// arrived.
	Header http.Header `json:"-"`
	// Body is the answer as it came, decompressed; empty when none arrived. That of a QR call is a credential.
	Body []byte `json:"-"`
	// Attempts counts the requests that the call took; 0 when it was refused before the first.
	Attempts int
	// RequestID is the server's name for the last request; empty when it gave none.
	RequestID string
	// Duration is the time of the whole call, waits included.
	Duration time.Duration
}

// Call reaches any endpoint of the API with the same authentication, retries, envelopes and errors as the typed
// methods. The path starts with a slash and may carry a query; absolute URLs, empty and dot segments (encoded ones
// too) and control characters are [ErrInvalidRequest]. A non-nil in is sent as JSON. Into a non-nil out goes the
// answer's "data", or its whole body where it has no envelope.
//
// GET and HEAD are retried as reads. Every other method is taken for one that changes something: it is sent again
// only where the server certainly did not act on it, and an answer that leaves that open is [ErrOutcomeUnknown].
//
// Every error is an [*APIError].
func (c *Client) Call(ctx context.Context, method, path string, in, out any, opts ...CallOption) error {
	request := transport.Request{Method: method, Path: path}
	if into := reflect.ValueOf(out); out != nil && (into.Kind() != reflect.Pointer || into.IsNil()) {
		return invalid(method, path, fmt.Errorf("the result is a %T, not a pointer to fill in", out))
	}
	if result, ok := out.(documentedAnswer); ok {
		request.Documented = func(contentType string, body []byte) bool { return wire.ReadAnswer(contentType, body, result.read) }
	}
	request.Decode = func(answer wire.Envelope) error { return decode(answer.Data, out) }
	return c.send(ctx, request, in, answerOf(out), opts)
}

// send is the one way out: it checks, sends, and turns what came of it into an error or nil.
func (c *Client) send(ctx context.Context, request transport.Request, in any, data shape, opts []CallOption) error {
	var s callSettings
	body, err := prepare(ctx, request, in, &s, opts)
	if err != nil {
		return invalid(request.Method, request.Path, err)
	}
	request.Body, request.Header, request.NoRetry = body, s.header, s.noRetry
	request.Credential = isQR(request.Path)
	look := c.inspect(&request, data)
	result := c.transport.Do(ctx, request)
	look.end(result)
	if s.response != nil {
		*s.response = newResponse(result)
	}
	return newAPIError(request, result)
}

// prepare checks everything that can be wrong before a byte is sent.
func prepare(ctx context.Context, request transport.Request, in any, s *callSettings, opts []CallOption) ([]byte, error) {
	if err := contextGiven(ctx); err != nil {
		return nil, err
	}
	if !isMethod(request.Method) {
		return nil, fmt.Errorf("method %q is not an HTTP method", request.Method)
	}
	if err := checkPath(request.Path); err != nil {
		return nil, err
	}
	for _, opt := range opts {
		if opt == nil {
			return nil, errors.New("a call option is nil")
		}
		if err := opt(s); err != nil {
			return nil, err
		}
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

// decode hands missing data, as null, to the types that can tell what that means.
func decode(data json.RawMessage, out any) error {
	if out == nil {
		return nil
	}
	if data == nil {
		data = json.RawMessage("null")
	}
	if strict, ok := out.(json.Unmarshaler); ok {
		return strict.UnmarshalJSON(data)
	}
	return json.Unmarshal(data, out)
}

func newResponse(result transport.Result) Response {
	return Response{
		StatusCode: result.StatusCode,
		Header:     result.Header,
		Body:       result.Body,
		Attempts:   result.Attempts,
		RequestID:  result.RequestID(),
		Duration:   result.Duration,
	}
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

// GoString is String, for %#v.
func (c *Client) GoString() string { return c.String() }

// Format writes String, whatever the verb.
func (c *Client) Format(f fmt.State, _ rune) { writeString(f, c.String()) }

// LogValue is String, for slog.
func (c *Client) LogValue() slog.Value { return slog.StringValue(c.String()) }

// String shows the status, the attempts and the body's size.
func (r Response) String() string {
	return fmt.Sprintf("whatspie.Response{%d, %d attempts, %d bytes, request %q}", r.StatusCode, r.Attempts, len(r.Body), r.RequestID)
}

// GoString is String, for %#v.
func (r Response) GoString() string { return r.String() }

// Format writes String, whatever the verb.
func (r Response) Format(f fmt.State, _ rune) { writeString(f, r.String()) }

// LogValue is String, for slog.
func (r Response) LogValue() slog.Value { return slog.StringValue(r.String()) }

// writeString leaves a failed write to the printer it came from, which reports it.
func writeString(f fmt.State, s string) { _, _ = io.WriteString(f, s) }
