package whatspie_test

import (
	"bytes"
	"errors"
	"image/png"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jarcoal/httpmock"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"rsc.io/qr"

	"github.com/whatspie-go/whatspie"
)

// token contains characters that JSON and URLs escape.
const token = `5|s3cr3t/"T0ken"+<a&b>`

// atOnce keeps the number of attempts, without waits.
var atOnce = whatspie.WithRetry(whatspie.RetryPolicy{MinWait: 1, MaxWait: 1})

// pairing is the payload of the QR codes.
const pairing = "2@pairing"

// fixture is a documented body, byte for byte.
func fixture(tb testing.TB, name string) string {
	tb.Helper()
	body, err := fs.ReadFile(os.DirFS("testdata"), name)
	require.NoError(tb, err)
	return string(body)
}

// pngCode is a small picture of a QR code.
func pngCode(tb testing.TB) []byte {
	tb.Helper()
	code, err := qr.Encode(pairing, qr.L)
	require.NoError(tb, err)
	file := code.PNG()
	_, err = png.Decode(bytes.NewReader(file))
	require.NoError(tb, err)
	return file
}

func newClient(tb testing.TB, opts ...whatspie.Option) *whatspie.Client {
	tb.Helper()
	client, err := whatspie.NewClient(token, opts...)
	require.NoError(tb, err)
	return client
}

// mocked is a client with its own mock transport.
func mocked(tb testing.TB, opts ...whatspie.Option) (*whatspie.Client, *httpmock.MockTransport) {
	tb.Helper()
	mock := httpmock.NewMockTransport()
	return newClient(tb, append(opts, through(mock))...), mock
}

// reply is one scripted response or error.
type reply struct {
	status int
	header http.Header
	body   string
	cut    bool      // ends after body
	stream io.Reader // replaces body, once
	err    error
	stall  bool // no response until the attempt times out
}

func ok(body string) reply { return reply{status: http.StatusOK, body: body} }

func fails(err error) reply { return reply{err: err} }

// sent is a request as the transport saw it.
type sent struct {
	method, url, body string
	header            http.Header
	at                time.Time
}

// script returns the replies in order, then the last one forever, and records the requests. It works in and outside of
// synctest bubbles.
type script struct {
	mu      sync.Mutex
	replies []reply
	log     []sent
	closed  int // closed bodies
	idle    int // calls to CloseIdleConnections
}

func scriptOf(replies ...reply) *script { return &script{replies: replies} }

func (s *script) client(tb testing.TB, opts ...whatspie.Option) *whatspie.Client {
	tb.Helper()
	return newClient(tb, append(opts, through(s))...)
}

func (s *script) CloseIdleConnections() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.idle++
}

func (s *script) RoundTrip(request *http.Request) (*http.Response, error) {
	seen := sent{method: request.Method, url: request.URL.String(), header: request.Header.Clone(), at: time.Now()}
	if request.Body != nil {
		body, err := io.ReadAll(request.Body)
		if err != nil {
			return nil, err
		}
		seen.body = string(body)
		if err := request.Body.Close(); err != nil {
			return nil, err
		}
	}
	answer := s.next(seen)
	if answer.stall {
		<-request.Context().Done()
		return nil, request.Context().Err()
	}
	if answer.err != nil {
		return nil, answer.err
	}
	body := answer.stream
	switch {
	case answer.cut:
		body = cutAfter(answer.body)
	case body == nil:
		body = strings.NewReader(answer.body)
	}
	header := answer.header.Clone()
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{
		StatusCode: answer.status,
		Header:     header,
		Body:       &scriptBody{Reader: body, script: s},
		Request:    request,
	}, nil
}

func (s *script) next(seen sent) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	const enough = 1000 // an endless loop must fail, not hang
	if len(s.log) > enough {
		return fails(errors.New("too many requests for a test"))
	}
	answer := s.replies[min(len(s.log), len(s.replies)-1)]
	s.log = append(s.log, seen)
	return answer
}

// requests returns the requests so far.
func (s *script) requests() []sent {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]sent(nil), s.log...)
}

// assertClosed checks that every body was closed, and the caller's idle connections were not.
func (s *script) assertClosed(t *testing.T, bodies int) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	assert.Equal(t, bodies, s.closed, "closed bodies")
	assert.Zero(t, s.idle, "the caller's idle connections were closed")
}

type scriptBody struct {
	io.Reader

	script *script
}

func (b *scriptBody) Close() error {
	b.script.mu.Lock()
	defer b.script.mu.Unlock()
	b.script.closed++
	return nil
}

// cutAfter is a body that breaks off.
func cutAfter(body string) io.Reader {
	return io.MultiReader(strings.NewReader(body), readerFunc(func([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }))
}

// roundTripper adapts a function to http.RoundTripper.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return f(request) }

// through sends a client's requests through the transport.
func through(transport http.RoundTripper) whatspie.Option {
	return whatspie.WithHTTPClient(&http.Client{Transport: transport})
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func apiError(tb testing.TB, err error) *whatspie.APIError {
	tb.Helper()
	var failed *whatspie.APIError
	require.ErrorAs(tb, err, &failed)
	return failed
}

// sentinels are all sentinels of the package.
func sentinels() map[string]error {
	return map[string]error{
		"ErrInvalidRequest":     whatspie.ErrInvalidRequest,
		"ErrInvalidPackage":     whatspie.ErrInvalidPackage,
		"ErrBadRequest":         whatspie.ErrBadRequest,
		"ErrUnauthorized":       whatspie.ErrUnauthorized,
		"ErrForbidden":          whatspie.ErrForbidden,
		"ErrDeviceLimit":        whatspie.ErrDeviceLimit,
		"ErrDeviceNotFound":     whatspie.ErrDeviceNotFound,
		"ErrNotFound":           whatspie.ErrNotFound,
		"ErrDeviceConnected":    whatspie.ErrDeviceConnected,
		"ErrQRGeneration":       whatspie.ErrQRGeneration,
		"ErrQRNotReady":         whatspie.ErrQRNotReady,
		"ErrRateLimited":        whatspie.ErrRateLimited,
		"ErrRetryBudget":        whatspie.ErrRetryBudget,
		"ErrServer":             whatspie.ErrServer,
		"ErrNoResponse":         whatspie.ErrNoResponse,
		"ErrOutcomeUnknown":     whatspie.ErrOutcomeUnknown,
		"ErrDeviceUnidentified": whatspie.ErrDeviceUnidentified,
		"ErrUnexpectedResponse": whatspie.ErrUnexpectedResponse,
		"ErrResponseTooLarge":   whatspie.ErrResponseTooLarge,
		"ErrInsecureURL":        whatspie.ErrInsecureURL,
		"ErrQRCodesExhausted":   whatspie.ErrQRCodesExhausted,
		"ErrDeviceSuspended":    whatspie.ErrDeviceSuspended,
	}
}

// assertOnly checks that err matches exactly these sentinels.
func assertOnly(t *testing.T, err error, wanted ...error) {
	t.Helper()
	var want, got []string
	for name, sentinel := range sentinels() {
		for _, one := range wanted {
			if errors.Is(one, sentinel) {
				want = append(want, name)
			}
		}
		if errors.Is(err, sentinel) {
			got = append(got, name)
		}
	}
	assert.ElementsMatch(t, want, got, "%v", err)
}
