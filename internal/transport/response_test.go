package transport_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie/internal/transport"
	"github.com/whatspie-go/whatspie/internal/wire"
)

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// closeCounter counts the bodies that were closed.
type closeCounter struct {
	io.Reader

	closed *int
}

func (c closeCounter) Close() error { *c.closed++; return nil }

// respondBody is respond with a Content-Length, -1 for unknown.
func respondBody(status int, length int64, body func() io.Reader, closed *int) roundTripper {
	return func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: http.Header{}, ContentLength: length, Body: closeCounter{body(), closed}, Request: r}, nil
	}
}

func complete(body string) func() io.Reader {
	return func() io.Reader { return strings.NewReader(body) }
}

// cut returns a body that breaks off.
func cut(body string) func() io.Reader {
	return func() io.Reader {
		return io.MultiReader(strings.NewReader(body), readerFunc(func([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }))
	}
}

func TestBodies(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status       int
		length       int64
		body         func() io.Reader
		err          error
		attempts     int
		partial, cut bool
		size         int // of the body in the result
	}{
		"complete":                   {200, 3, complete("abc"), nil, 1, false, false, 3},
		"unknown length":             {200, -1, complete("abc"), nil, 1, false, false, 3},
		"longer than Content-Length": {200, 1, complete("abc"), nil, 1, false, false, 3},
		"200 cut":                    {200, 9, cut("abc"), io.ErrUnexpectedEOF, 3, true, true, 3},
		"503 cut":                    {503, 9, cut("abc"), transport.ErrReportedFailure, 3, true, false, 3},
		"404 cut":                    {404, 9, cut("abc"), transport.ErrReportedFailure, 1, true, false, 3},
		"200 too large":              {200, 101, complete(strings.Repeat("x", 101)), transport.ErrTooLarge, 1, true, false, 100},
		"404 too large":              {404, -1, complete(strings.Repeat("x", 101)), transport.ErrReportedFailure, 1, true, false, 100},
		"101 switching protocols":    {101, -1, complete("abc"), nil, 1, false, false, 0},
		"204 without content":        {204, 0, complete(""), nil, 1, false, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			closed := 0
			result := newTransport(t, respondBody(test.status, test.length, test.body, &closed)).Do(t.Context(), newRequest("GET"))
			if test.status == http.StatusSwitchingProtocols {
				require.ErrorContains(t, result.Err, "another protocol")
			} else {
				require.ErrorIs(t, result.Err, test.err)
			}
			assert.Equal(t, test.attempts, result.Attempts)
			assert.Equal(t, test.attempts, closed, "closed bodies")
			assert.Equal(t, test.partial, result.Partial)
			assert.Equal(t, test.cut, result.Cut)
			assert.Len(t, result.Body, test.size)
		})
	}
}

func TestStream(t *testing.T) {
	t.Parallel()
	errDecode := errors.New("not a list")
	oneElement := func(envelope wire.Envelope) func(io.Reader, func() error) (wire.Envelope, error) {
		return func(body io.Reader, next func() error) (wire.Envelope, error) {
			if err := next(); err != nil {
				return wire.Envelope{}, err
			}
			_, err := io.Copy(io.Discard, body)
			return envelope, err
		}
	}
	noElement := func(err error) func(io.Reader, func() error) (wire.Envelope, error) {
		return func(body io.Reader, _ func() error) (wire.Envelope, error) {
			_, _ = io.Copy(io.Discard, body)
			return wire.Envelope{}, err
		}
	}
	for name, test := range map[string]struct {
		status   int
		body     func() io.Reader
		stream   func(io.Reader, func() error) (wire.Envelope, error)
		err      error
		attempts int
		streamed bool
		kept     string // of the body, for the error
	}{
		"complete":             {200, complete("[1]"), oneElement(wire.Envelope{}), nil, 1, true, ""},
		"204 without content":  {204, complete(""), noElement(errDecode), nil, 1, false, ""},
		"503":                  {503, complete("[1]"), noElement(errDecode), transport.ErrReportedFailure, 3, false, "[1]"},
		"404 in the envelope":  {200, complete("{}"), oneElement(wire.Envelope{Failed: true, Code: 404}), transport.ErrReportedFailure, 1, true, ""},
		"unclear envelope":     {200, complete("{}"), oneElement(wire.Envelope{Unclear: true}), wire.ErrUnclear, 1, true, ""},
		"HTML":                 {200, complete("<html>"), noElement(errDecode), errDecode, 1, false, "<html>"},
		"cut":                  {200, cut("[1,"), noElement(errDecode), io.ErrUnexpectedEOF, 3, false, "[1,"},
		"cut after an element": {200, cut("[1,"), oneElement(wire.Envelope{}), io.ErrUnexpectedEOF, 1, true, ""},
		"element too large":    {200, complete(strings.Repeat("x", 101)), oneElement(wire.Envelope{}), transport.ErrTooLarge, 1, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			closed := 0
			request := newRequest("GET")
			request.Stream = test.stream
			result := newTransport(t, respondBody(test.status, -1, test.body, &closed)).Do(t.Context(), request)
			require.ErrorIs(t, result.Err, test.err)
			assert.Equal(t, test.attempts, result.Attempts)
			assert.Equal(t, test.attempts, closed)
			assert.Equal(t, test.streamed, result.Streamed)
			assert.Equal(t, test.kept, string(result.Body))
		})
	}
}

// A response is checked only if it is a success.
func TestCheck(t *testing.T) {
	t.Parallel()
	errCheck := errors.New("no device")
	for name, test := range map[string]struct {
		status   int
		envelope wire.Envelope
		readErr  error
		want     error
	}{
		"success":           {200, wire.Envelope{}, nil, errCheck},
		"204":               {204, wire.Envelope{}, nil, errCheck},
		"failure in body":   {200, wire.Envelope{Failed: true}, nil, transport.ErrReportedFailure},
		"unclear":           {200, wire.Envelope{Unclear: true}, nil, wire.ErrUnclear},
		"unclear 201":       {201, wire.Envelope{Unclear: true}, nil, errCheck},
		"cannot be decoded": {200, wire.Envelope{}, io.ErrNoProgress, io.ErrNoProgress},
		"302":               {302, wire.Envelope{}, nil, transport.ErrRedirect},
		"404":               {404, wire.Envelope{}, nil, transport.ErrReportedFailure},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checks := 0
			request := newRequest("GET")
			request.Read = func(int, string, []byte) (wire.Envelope, error) { return test.envelope, test.readErr }
			request.Check = func(envelope wire.Envelope) error {
				checks++
				assert.Equal(t, test.envelope, envelope)
				return errCheck
			}
			client := newTransport(t, respond(test.status, "{}"))
			require.ErrorIs(t, client.Do(t.Context(), request).Err, test.want)
			request.Stream = func(io.Reader, func() error) (wire.Envelope, error) { return test.envelope, test.readErr }
			if test.status != http.StatusNoContent { // nothing to stream
				require.ErrorIs(t, client.Do(t.Context(), request).Err, test.want)
			}
			assert.Equal(t, errors.Is(test.want, errCheck), checks > 0)
		})
	}
}

// The attempt timeout applies to each element, the caller's context to the whole stream.
func TestStream_timeouts(t *testing.T) {
	t.Parallel()
	slow := func(r *http.Request) (*http.Response, error) {
		body := readerFunc(func(p []byte) (int, error) {
			select {
			case <-time.After(700 * time.Millisecond):
				return copy(p, "x"), nil
			case <-r.Context().Done():
				return 0, r.Context().Err()
			}
		})
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(body), Request: r}, nil
	}
	elements := func(reads int) transport.Request {
		request := newRequest("GET")
		request.Stream = func(body io.Reader, next func() error) (wire.Envelope, error) {
			for range 5 {
				if _, err := io.CopyN(io.Discard, body, int64(reads)); err != nil {
					return wire.Envelope{}, err
				}
				if err := next(); err != nil {
					return wire.Envelope{}, err
				}
			}
			return wire.Envelope{}, nil
		}
		return request
	}
	synctest.Test(t, func(t *testing.T) {
		result := newTransport(t, roundTripper(slow)).Do(t.Context(), elements(1))
		require.NoError(t, result.Err)
		result = newTransport(t, roundTripper(slow)).Do(t.Context(), elements(2))
		require.EqualError(t, result.Err, "incomplete response: attempt timed out")
		assert.Equal(t, 3, result.Attempts)

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		result = newTransport(t, roundTripper(slow)).Do(ctx, elements(1))
		assert.Equal(t, context.DeadlineExceeded, result.ContextErr)
		assert.True(t, result.Streamed)
		assert.True(t, result.Cut)
	})
}
