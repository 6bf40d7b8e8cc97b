package whatspie

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode"

	"github.com/whatspie-go/whatspie/internal/transport"
	"github.com/whatspie-go/whatspie/internal/wire"
)

// CallOption changes one call.
type CallOption func(*callSettings) error

type callSettings struct {
	header   http.Header
	noRetry  bool
	response *Response
}

// WithHeader adds a header to the request, such as a trace ID. Headers that the client sets itself (Authorization,
// Accept, User-Agent, Content-Type) and those that control message framing or the connection are refused.
// Idempotency-Key is refused too: the API ignores it, but it makes net/http send a POST a second time.
func WithHeader(key, value string) CallOption {
	return func(s *callSettings) error {
		canonical := http.CanonicalHeaderKey(key)
		switch canonical {
		case "", "Authorization", "Host", "Accept", "Accept-Encoding", "User-Agent", "Content-Type", "Content-Length",
			"Content-Encoding", "Transfer-Encoding", "Te", "Trailer", "Connection", "Keep-Alive", "Upgrade",
			"Proxy-Connection", "Proxy-Authorization", "Idempotency-Key", "X-Idempotency-Key":
			return fmt.Errorf("WithHeader: %q cannot be set", canonical)
		}
		if !isHeaderName(key) || hasControl(value) {
			return errors.New("WithHeader: the header contains a character that cannot be sent")
		}
		if s.header == nil {
			s.header = http.Header{}
		}
		s.header.Add(key, value)
		return nil
	}
}

// WithoutRetry limits the call to one attempt.
func WithoutRetry() CallOption {
	return func(s *callSettings) error {
		s.noRetry = true
		return nil
	}
}

// WithResponse stores the last response of the call in response, whether the call succeeds or fails, and overwrites its
// earlier contents. If a list has several pages, the last page is stored, with the Attempts and Duration of that page
// alone. After [DevicesService.All], Body is empty if the call succeeded, or else the start of the response. After
// [DevicesService.CreateConfirmed], the response is that of the last request, which may be one for the list.
func WithResponse(response *Response) CallOption {
	return func(s *callSettings) error {
		if response == nil {
			return errors.New("WithResponse: the response is nil")
		}
		*response = Response{} // never keep the response of an earlier call
		s.response = response
		return nil
	}
}

// Response is the HTTP response of a call, for [WithResponse]. Printed, logged, or encoded as JSON, XML, YAML or TOML,
// it shows neither Header nor Body. fmt bypasses this for a Response in an unexported field of another struct, and for
// the verbs %p and %w. encoding/gob keeps everything.
type Response struct {
	// StatusCode is the HTTP status; 0 if no response arrived.
	StatusCode int
	// Header is the header as it arrived, but without a redirect's Location that cannot be parsed; nil if no response
	// arrived.
	Header http.Header `json:"-" toml:"-" xml:"-" yaml:"-"`
	// Body is the body as it arrived, decompressed; empty if no response arrived. The body of a QR request is a
	// credential.
	Body []byte `json:"-" toml:"-" xml:"-" yaml:"-"`
	// Attempts is the number of attempts, including those that could not connect; 0 if the call failed before the first.
	Attempts int
	// RequestID is the server's identifier of the last request; empty if it sent none.
	RequestID string
	// Duration is the time of the whole call, including waits.
	Duration time.Duration
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

// String returns the status, the attempts and the size of the body.
func (r Response) String() string {
	return fmt.Sprintf("whatspie.Response{status %d, attempts %d, %d bytes, request %q}", r.StatusCode, r.Attempts, len(r.Body), r.RequestID)
}

// Format writes the result of String, whatever the verb.
func (r Response) Format(f fmt.State, _ rune) { writeString(f, r.String()) }

// Operation returns the name of the call that a request belongs to, such as "GET /devices/{id}": a label of low
// cardinality for metrics and traces. It is the method and the path of the call, without base URL and query, with every
// segment of digits replaced by {id}. The context must be that of a request that an [http.RoundTripper] given to
// [WithHTTPClient] receives, or the one that a [TokenSource] or [Limiter] receives. For any other context, the result
// is empty.
//
// [http.RoundTripper]: https://pkg.go.dev/net/http#RoundTripper
func Operation(ctx context.Context) string { return transport.Operation(ctx) }

// api connects the endpoints to the transport.
type api struct {
	transport *transport.Transport
	// drifts is nil if drift is not reported.
	drifts *drifts
	// attemptTimeout shortens the client's attempt timeout; 0 leaves it unchanged.
	attemptTimeout time.Duration
}

// decoder decodes the successful response of an endpoint.
type decoder interface {
	// read decodes the payload, which is null if there is none. It may be called again with another payload.
	read(r *wire.Reader)
	// check is called if the response is a success. It returns an error if the payload is not what the endpoint requires.
	check(envelope wire.Envelope) error
}

// resultOf decodes the successful response of an endpoint to a value.
type resultOf[V any] interface {
	decoder
	value() V
}

// do performs an endpoint's call: method, route, body and result. It returns the result's value, or zero if the call
// failed.
func do[V any](
	ctx context.Context, a *api, method string, to route, in any, out resultOf[V], opts []CallOption,
) (V, error) {
	var none V
	if to.err != nil {
		return none, invalidCall(method, to.path, to.err, opts)
	}
	if err := a.call(ctx, method, to.path, in, out, opts); err != nil {
		return none, err
	}
	return out.value(), nil
}

// call sends a request and decodes the whole response.
func (a *api) call(ctx context.Context, method, path string, in any, out decoder, opts []CallOption) error {
	request := transport.Request{Method: method, Path: path, Check: out.check}
	request.Read = func(status int, contentType string, body []byte) (wire.Envelope, error) {
		switch {
		case status >= http.StatusMultipleChoices:
			return wire.Open(contentType, body)
		case len(body) == 0: // some results accept an empty body
			out.read(wire.NewReader([]byte("null")))
			return wire.Envelope{Unclear: status != http.StatusNoContent && method != http.MethodHead}, nil
		default:
			return wire.Read(contentType, body, a.drifts != nil, out.read)
		}
	}
	return a.send(ctx, request, in, opts)
}

// send validates and sends a request, and converts the result to an error.
func (a *api) send(ctx context.Context, request transport.Request, in any, opts []CallOption) error {
	s, err := applyCallOptions(opts)
	if err != nil {
		return invalidRequest(request.Method, request.Path, err)
	}
	body, err := prepare(ctx, request, in)
	if err != nil {
		return invalidRequest(request.Method, request.Path, err)
	}
	request.Body, request.Header, request.NoRetry = body, s.header, s.noRetry
	request.MayHoldQRCode, request.AttemptTimeout = mayHoldQRCode(request.Path), a.attemptTimeout
	result := a.transport.Do(ctx, request)
	a.drifts.report(request, result)
	if s.response != nil {
		*s.response = newResponse(result)
	}
	return newAPIError(request, result)
}

// applyCallOptions applies every option, even after an invalid one, so that WithResponse always resets its Response.
func applyCallOptions(opts []CallOption) (callSettings, error) {
	if len(opts) == 0 {
		return callSettings{}, nil
	}
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

// invalidCall returns the error of a call whose arguments are invalid.
func invalidCall(method, path string, err error, opts []CallOption) error {
	_, failed := applyCallOptions(opts)
	return invalidRequest(method, path, errors.Join(err, failed))
}

// prepare validates everything before anything is sent, and returns the encoded body.
func prepare(ctx context.Context, request transport.Request, in any) ([]byte, error) {
	if err := checkContext(ctx); err != nil {
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

func checkContext(ctx context.Context) error {
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

// mayHoldQRCode reports whether the response to a call may hold a QR code.
func mayHoldQRCode(path string) bool {
	return strings.HasSuffix(strings.ToLower(transport.Decoded(transport.Decoded(transport.PathOnly(path)))), "/qr")
}

// isHeaderName reports whether key is an HTTP token; net/http would fail every attempt with any other.
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

// writeString ignores a write error: the fmt call that f belongs to reports it.
func writeString(f fmt.State, s string) { _, _ = io.WriteString(f, s) }
