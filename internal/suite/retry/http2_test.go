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
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

// Of HTTP/2's frames and flags (RFC 9113), what a server needs that reads requests and resets their streams.
const (
	frameData, frameHeaders, frameReset, frameSettings, frameGoAway = 0, 1, 3, 4, 7

	flagEndStream, flagAck = 1, 1
	prefaceLength          = len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
	frameHeaderLength      = 9
)

// goAway, in place of a code, ends the connection with a frame that says that no request on it was processed.
const goAway = 1 << 31

// resetting reads whole requests over HTTP/2, acts on them, and resets each one's stream with the code.
func resetting(conn net.Conn, code uint32, count *atomic.Int64) {
	defer func() { _ = conn.Close() }()
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
			count.Add(1)
			if code == goAway {
				send(8, frameGoAway, 0, 0, make([]byte, 8)...)
				return
			}
			send(4, frameReset, 0, stream, binary.BigEndian.AppendUint32(nil, code)...)
		}
	}
}

// resettingServer is one that resets every request, and a transport that reaches it over HTTP/2.
func resettingServer(t *testing.T, code uint32) (string, *http.Transport, *atomic.Int64) {
	t.Helper()
	if strings.Contains(os.Getenv("GODEBUG"), "http2client=0") {
		t.Skip("net/http has no HTTP/2 in this run")
	}
	other := httptest.NewTLSServer(http.NotFoundHandler()) // provides another certificate
	defer other.Close()
	trusting, isTransport := other.Client().Transport.(*http.Transport)
	require.True(t, isTransport)
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	secure := tls.NewListener(listener, &tls.Config{Certificates: other.TLS.Certificates, NextProtos: []string{"h2"}, MinVersion: tls.VersionTLS12})
	var count atomic.Int64
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := secure.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				stop := context.AfterFunc(t.Context(), func() { _ = conn.Close() })
				defer stop()
				resetting(conn, code, &count)
			})
		}
	})
	way := &http.Transport{TLSClientConfig: trusting.TLSClientConfig.Clone(), ForceAttemptHTTP2: true}
	t.Cleanup(func() {
		way.CloseIdleConnections()
		_ = secure.Close()
		running.Wait()
	})
	return "https://" + listener.Addr().String(), way, &count
}

// net/http repeats a request over HTTP/2 by itself when the server resets its stream in certain ways, whatever the
// method and for as long as it goes on: a device would be bought each time.
func TestNothingIsSentTwiceBehindOurBack(t *testing.T) {
	t.Parallel()
	const noError, protocolError, internalError, refusedStream, enhanceYourCalm = 0, 1, 2, 7, 11
	for name, code := range map[string]uint32{
		"no error": noError, "protocol error": protocolError, "internal error": internalError,
		"refused stream": refusedStream, "enhance your calm": enhanceYourCalm, "GOAWAY": goAway,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, way, count := resettingServer(t, code)
			client := wiretest.NewClient(t, wiretest.NoWaits, whatspie.WithBaseURL(url), wiretest.WithTransport(way))
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()

			_, err := client.Devices.Create(ctx, whatspie.CreateDeviceRequest{Package: "X", Name: "n"})
			require.ErrorIs(t, err, whatspie.ErrOutcomeUnknown)
			assert.Equal(t, 1, wiretest.APIError(t, err).Attempts)
			assert.EqualValues(t, 1, count.Load(), "a creation")

			require.ErrorIs(t, client.Call(ctx, http.MethodPut, "/devices/5/restart", nil, nil), whatspie.ErrOutcomeUnknown)
			assert.EqualValues(t, 2, count.Load(), "a request without a body")
		})
	}
}

// What net/http repeats over HTTP/2 would count neither as an attempt nor for a limiter nor for the budget.
func TestReadsAreSentOnceInEachAttempt(t *testing.T) {
	t.Parallel()
	const protocolError, refusedStream = 1, 7
	for name, code := range map[string]uint32{"protocol error": protocolError, "refused stream": refusedStream, "GOAWAY": goAway} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, way, count := resettingServer(t, code)
			var waits atomic.Int64
			limiter := whatspie.WithLimiter(wiretest.LimiterFunc(func(context.Context) error {
				waits.Add(1)
				return nil
			}))
			client := wiretest.NewClient(t, wiretest.NoWaits, limiter, whatspie.WithBaseURL(url), wiretest.WithTransport(way))
			_, err := client.Devices.List(t.Context())
			failed := wiretest.APIError(t, err)
			assert.Equal(t, 4, failed.Attempts)
			assert.True(t, failed.Retryable())
			assert.EqualValues(t, 4, count.Load(), "once in each attempt")

			_, err = client.Devices.List(t.Context(), whatspie.WithoutRetry())
			assert.Equal(t, 1, wiretest.APIError(t, err).Attempts)
			assert.EqualValues(t, 5, count.Load())
			assert.EqualValues(t, 5, waits.Load())
		})
	}
}
