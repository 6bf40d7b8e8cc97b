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

// closer counts the bodies that were closed.
type closer struct {
	io.Reader

	closed *int
}

func (c closer) Close() error { *c.closed++; return nil }

// with returns a response with a Content-Length, -1 for unknown.
func with(status int, length int64, body func() io.Reader, closed *int) roundTripper {
	return func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: http.Header{}, ContentLength: length, Body: closer{body(), closed}, Request: r}, nil
	}
}

func cut(body string) func() io.Reader {
	return func() io.Reader {
		return io.MultiReader(strings.NewReader(body), readerFunc(func([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }))
	}
}

func TestBodies(t *testing.T) {
	t.Parallel()
	whole := func(body string) func() io.Reader { return func() io.Reader { return strings.NewReader(body) } }
	for name, test := range map[string]struct {
		status       int
		length       int64
		body         func() io.Reader
		err          error
		attempts     int
		partial, cut bool
		left         int // of the body
	}{
		"whole":                 {200, 3, whole("abc"), nil, 1, false, false, 3},
		"of unknown length":     {200, -1, whole("abc"), nil, 1, false, false, 3},
		"longer than it says":   {200, 1, whole("abc"), nil, 1, false, false, 3},
		"cut":                   {200, 9, cut("abc"), io.ErrUnexpectedEOF, 3, true, true, 3},
		"cut, a failure":        {503, 9, cut("abc"), transport.ErrRefused, 3, true, false, 3},
		"cut, a refusal":        {404, 9, cut("abc"), transport.ErrRefused, 1, true, false, 3},
		"too long":              {200, 101, whole(strings.Repeat("x", 101)), transport.ErrTooLarge, 1, true, false, 100},
		"too long, a failure":   {404, -1, whole(strings.Repeat("x", 101)), transport.ErrRefused, 1, true, false, 100},
		"another protocol":      {101, -1, whole("abc"), nil, 1, false, false, 0},
		"none, and none is due": {204, 0, whole(""), nil, 1, false, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			closed := 0
			result := answering(t, with(test.status, test.length, test.body, &closed)).Do(t.Context(), read("GET"))
			if name == "another protocol" {
				require.ErrorContains(t, result.Err, "another protocol")
			} else {
				require.ErrorIs(t, result.Err, test.err)
			}
			assert.Equal(t, test.attempts, result.Attempts)
			assert.Equal(t, test.attempts, closed, "closed bodies")
			assert.Equal(t, test.partial, result.Partial)
			assert.Equal(t, test.cut, result.Cut)
			assert.Len(t, result.Body, test.left)
		})
	}
}

func TestStream(t *testing.T) {
	t.Parallel()
	mine := errors.New("mine")
	text := func(body string) func() io.Reader { return func() io.Reader { return strings.NewReader(body) } }
	all := func(envelope wire.Envelope) func(io.Reader, func() error) (wire.Envelope, error) {
		return func(body io.Reader, next func() error) (wire.Envelope, error) {
			if err := next(); err != nil {
				return wire.Envelope{}, err
			}
			_, err := io.Copy(io.Discard, body)
			return envelope, err
		}
	}
	unread := func(err error) func(io.Reader, func() error) (wire.Envelope, error) {
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
		left     string // of the body, in the error
	}{
		"whole":                  {200, text("[1]"), all(wire.Envelope{}), nil, 1, true, ""},
		"nothing":                {204, text(""), unread(mine), nil, 1, false, ""},
		"a failure of HTTP":      {503, text("[1]"), unread(mine), transport.ErrRefused, 3, false, "[1]"},
		"a failure in the body":  {200, text("{}"), all(wire.Envelope{Failed: true, Code: 404}), transport.ErrRefused, 1, true, ""},
		"unclear":                {200, text("{}"), all(wire.Envelope{Unclear: true}), wire.ErrUnclear, 1, true, ""},
		"no list":                {200, text("<html>"), unread(mine), mine, 1, false, "<html>"},
		"cut":                    {200, cut("[1,"), unread(mine), io.ErrUnexpectedEOF, 3, false, "[1,"},
		"cut behind an element":  {200, cut("[1,"), all(wire.Envelope{}), io.ErrUnexpectedEOF, 1, true, ""},
		"an element is too long": {200, text(strings.Repeat("x", 101)), all(wire.Envelope{}), transport.ErrTooLarge, 1, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			closed := 0
			request := read("GET")
			request.Stream = test.stream
			result := answering(t, with(test.status, -1, test.body, &closed)).Do(t.Context(), request)
			require.ErrorIs(t, result.Err, test.err)
			assert.Equal(t, test.attempts, result.Attempts)
			assert.Equal(t, test.attempts, closed)
			assert.Equal(t, test.streamed, result.Streamed)
			assert.Equal(t, test.left, string(result.Body))
		})
	}
}

// The attempt timeout applies to each element, the caller's context to the whole stream.
func TestStreamTimes(t *testing.T) {
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
		request := read("GET")
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
		result := answering(t, roundTripper(slow)).Do(t.Context(), elements(1))
		require.NoError(t, result.Err)
		result = answering(t, roundTripper(slow)).Do(t.Context(), elements(2))
		require.EqualError(t, result.Err, "attempt timed out")
		assert.Equal(t, 3, result.Attempts)

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		result = answering(t, roundTripper(slow)).Do(ctx, elements(1))
		assert.Equal(t, context.DeadlineExceeded, result.ContextErr)
		assert.True(t, result.Streamed)
		assert.True(t, result.Cut)
	})
}
