package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
)

// errSentAgain ends an attempt whose request would be sent a second time without our knowledge: by net/http, which
// repeats requests over HTTP/2, or by a transport that retries by itself.
var errSentAgain = errors.New("the request was sent, and the transport would have sent it again")

// sendTrace records whether a request may have been sent, and prevents it from being sent twice.
type sendTrace struct {
	hooks httptrace.ClientTrace
	stop  context.CancelCauseFunc
	// direct reports that the transport is net/http's own, which calls every hook.
	direct bool
	// repeatable reports that the request is a read, which net/http may send again even after the server has seen it.
	// replays is how often that is allowed.
	repeatable bool
	replays    int

	mu                 sync.Mutex
	wanted, got, fresh bool // state of the connection
	written, stopped   bool
	http2              bool
	address            string
	// conns are the connections obtained. The request is normally written to the last one; some transports write to
	// several.
	conns []net.Conn
}

// watch returns a context with s as its trace. It leaves out the dial hooks, which cost ten allocations.
func (s *sendTrace) watch(ctx context.Context) context.Context {
	s.hooks = httptrace.ClientTrace{
		GetConn:          s.getConn,
		GotConn:          s.gotConn,
		WroteHeaderField: s.wroteHeaderField,
		WroteHeaders:     s.wroteHeaders,
	}
	if !s.repeatable {
		s.hooks.GotFirstResponseByte = s.gotFirstResponseByte
	}
	return httptrace.WithClientTrace(ctx, &s.hooks)
}

// getConn allows a read to visit several addresses, such as one for a token first.
func (s *sendTrace) getConn(address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.repeatable && address != s.address {
		s.written = false
	}
	s.wanted, s.address = true, address
	s.stopSecond()
}

func (s *sendTrace) gotConn(info httptrace.GotConnInfo) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got, s.fresh = true, !info.Reused
	if info.Conn != nil {
		s.conns = append(s.conns, info.Conn)
	}
	s.stopSecond()
}

// stopSecond ends the attempt if the request gets another connection after it was written.
func (s *sendTrace) stopSecond() {
	if s.written {
		s.stopped = true
		s.stop(errSentAgain)
	}
}

// wroteHeaderField recognises HTTP/2 by its pseudo-headers, which are sent once all are written; HTTP/1 still buffers
// at this point. Neither checks the context again after it got the connection, and a transport may have detached it, so
// only closing the connection prevents a second request.
func (s *sendTrace) wroteHeaderField(name string, _ []string) {
	if name != ":method" && name != "Host" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopWriting()
	s.got, s.http2 = true, name == ":method"
	s.written = s.written || s.http2
}

// stopWriting closes the connections if a request that changes something is written a second time.
func (s *sendTrace) stopWriting() {
	if !s.repeatable {
		s.stopSecond()
	}
	if !s.stopped {
		return
	}
	for _, conn := range s.conns {
		_ = conn.Close()
	}
}

// wroteHeaders is called over HTTP/1 before any byte is sent. If an idle connection is dead, net/http uses another one:
// for a write only if no byte was sent, for a read always.
func (s *sendTrace) wroteHeaders() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.http2 {
		s.stopWriting()
	}
	s.got = true
	if mayBeDead := s.direct && !s.fresh; mayBeDead && (!s.repeatable || s.replays > 0) {
		s.replays--
		return
	}
	s.written = true
}

func (s *sendTrace) gotFirstResponseByte() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got, s.written = true, true
}

// sent reports whether a server may have seen a request that failed with err. It returns false only if net/http's own
// trace has no connection, or if the error is one of connecting.
func (s *sendTrace) sent(err error) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	unconnected := s.direct && s.wanted || isConnectError(err)
	return s.got || !unconnected
}

// isConnectError reports a failure to connect. It ignores joined errors: one of them may have followed a request.
func isConnectError(err error) bool {
	for ; err != nil; err = errors.Unwrap(err) {
		switch e := err.(type) { //nolint:errorlint // errors.As would search joined errors
		case *net.OpError:
			return e.Op == "dial" || e.Op == "proxyconnect"
		case *tls.CertificateVerificationError, tls.RecordHeaderError:
			return true
		}
		if err == http.ErrSchemeMismatch { //nolint:errorlint // likewise
			return true
		}
	}
	return false
}
