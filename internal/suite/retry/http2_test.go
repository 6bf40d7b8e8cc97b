package retry_test

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

// The frames, flags and error codes of HTTP/2 (RFC 9113) that a server needs to read requests and reset their streams.
const (
	frameData, frameHeaders, frameReset, frameSettings, frameGoAway = 0, 1, 3, 4, 7

	flagEndStream, flagAck = 1, 1
	prefaceLength          = len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
	frameHeaderLength      = 9

	codeNone, codeProtocolError, codeInternalError, codeRefusedStream, codeEnhanceYourCalm = 0, 1, 2, 7, 11
)

// sendGoAway, in place of an error code, ends the connection with a frame that says that no request was processed.
const sendGoAway = 1 << 31

// resetStreams reads whole requests over HTTP/2, counts them, and resets the stream of each with the error code.
func resetStreams(conn net.Conn, code uint32, requests *atomic.Int64) {
	send := func(length, kind, flags byte, stream uint32, payload ...byte) {
		frame := binary.BigEndian.AppendUint32([]byte{0, 0, length, kind, flags}, stream)
		_, _ = conn.Write(append(frame, payload...))
	}
	if _, err := io.CopyN(io.Discard, conn, int64(prefaceLength)); err != nil {
		return
	}
	send(0, frameSettings, 0, 0)
	for {
		var header [frameHeaderLength]byte
		if _, err := io.ReadFull(conn, header[:]); err != nil {
			return
		}
		kind, flags, stream := header[3], header[4], binary.BigEndian.Uint32(header[5:])
		if _, err := io.CopyN(io.Discard, conn, int64(binary.BigEndian.Uint32(header[:])>>8)); err != nil {
			return
		}
		switch {
		case kind == frameSettings && flags&flagAck == 0:
			send(0, frameSettings, flagAck, 0)
		case (kind == frameData || kind == frameHeaders) && flags&flagEndStream != 0:
			requests.Add(1)
			if code == sendGoAway {
				send(8, frameGoAway, 0, 0, make([]byte, 8)...)
				return
			}
			send(4, frameReset, 0, stream, binary.BigEndian.AppendUint32(nil, code)...)
		}
	}
}

// newHTTP2Client returns a client of a server that resets every HTTP/2 request, and the number of those requests.
func newHTTP2Client(t *testing.T, code uint32, opts ...whatspie.Option) (*whatspie.Client, *atomic.Int64) {
	t.Helper()
	if strings.Contains(os.Getenv("GODEBUG"), "http2client=0") {
		t.Skip("net/http has no HTTP/2 in this run")
	}
	certified := httptest.NewTLSServer(http.NotFoundHandler()) // provides a certificate and a transport that trusts it
	defer certified.Close()
	trusting, isTransport := certified.Client().Transport.(*http.Transport)
	require.True(t, isTransport)
	config := &tls.Config{
		Certificates: certified.TLS.Certificates,
		NextProtos:   []string{"h2"},
		MinVersion:   tls.VersionTLS12,
	}
	listener, requests := tls.NewListener(listen(t), config), new(atomic.Int64)
	serve(t, listener, func(conn net.Conn) { resetStreams(conn, code, requests) })
	transport := newTransport(t)
	transport.TLSClientConfig, transport.ForceAttemptHTTP2 = trusting.TLSClientConfig.Clone(), true
	opts = append(opts, wiretest.NoWaits, whatspie.WithBaseURL("https://"+listener.Addr().String()))
	return wiretest.NewClient(t, append(opts, wiretest.WithTransport(transport))...), requests
}

// net/http repeats a request by itself if an HTTP/2 server resets its stream with certain codes. It does so for every
// method and without a limit. Each repetition could create a device.
func TestHTTP2_sendsWritesOnce(t *testing.T) {
	t.Parallel()
	for name, code := range map[string]uint32{
		"no error":          codeNone,
		"protocol error":    codeProtocolError,
		"internal error":    codeInternalError,
		"refused stream":    codeRefusedStream,
		"enhance your calm": codeEnhanceYourCalm,
		"GOAWAY":            sendGoAway,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, requests := newHTTP2Client(t, code)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()

			_, err := client.Devices.Create(ctx, wiretest.NewDevice)
			require.ErrorIs(t, err, whatspie.ErrOutcomeUnknown)
			assert.Equal(t, 1, wiretest.APIError(t, err).Attempts)
			assert.EqualValues(t, 1, requests.Load(), "a creation")

			err = client.Call(ctx, http.MethodPut, "/devices/5/restart", nil, nil)
			require.ErrorIs(t, err, whatspie.ErrOutcomeUnknown)
			assert.EqualValues(t, 2, requests.Load(), "a request without a body")
		})
	}
}

// A request that net/http repeated would not count as an attempt, for a limiter, or for the retry budget.
func TestHTTP2_sendsReadsOncePerAttempt(t *testing.T) {
	t.Parallel()
	for name, code := range map[string]uint32{
		"protocol error": codeProtocolError,
		"refused stream": codeRefusedStream,
		"GOAWAY":         sendGoAway,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var waits atomic.Int64
			client, requests := newHTTP2Client(t, code, whatspie.WithLimiter(wiretest.LimiterFunc(func(context.Context) error {
				waits.Add(1)
				return nil
			})))
			_, err := client.Devices.List(t.Context())
			failed := wiretest.APIError(t, err)
			assert.Equal(t, 4, failed.Attempts)
			assert.True(t, failed.Retryable())
			assert.EqualValues(t, 4, requests.Load(), "one request per attempt")

			_, err = client.Devices.List(t.Context(), whatspie.WithoutRetry())
			assert.Equal(t, 1, wiretest.APIError(t, err).Attempts)
			assert.EqualValues(t, 5, requests.Load())
			assert.EqualValues(t, 5, waits.Load())
		})
	}
}
