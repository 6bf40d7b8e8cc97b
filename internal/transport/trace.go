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

// errSentAgain ends an attempt whose request was sent, and would be sent once more without our knowledge: by net/http,
// which repeats requests over HTTP/2, or by a transport that retries by itself.
var errSentAgain = errors.New("the request was sent, and the transport would have sent it again")

// sendTrace watches one request on its way: whether it may have been sent, and that it is not sent twice.
type sendTrace struct {
	hooks httptrace.ClientTrace
	stop  context.CancelCauseFunc
	// direct reports that nothing stands between us and net/http, which calls every hook.
	direct bool
	// repeatable reports that the request changes nothing: net/http sends it again even if the server has seen it. replays
	// is how often it may do so.
	repeatable bool
	replays    int

	mu                 sync.Mutex
	wanted, got, fresh bool // a connection
	written, stopped   bool
	http2              bool
	address            string
	// conns are those that were got; the request is written to the last one, unless a transport writes it to several at once.
	conns []net.Conn
}

// watch returns a context whose trace is s. The hooks of the dialer would cost ten allocations more.
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

// getConn lets a transport send reads to several places, such as one for a token first.
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

// stopSecond ends the attempt if the request has a connection in view after it was written to another.
func (s *sendTrace) stopSecond() {
	if s.written {
		s.stopped = true
		s.stop(errSentAgain)
	}
}

// wroteHeaderField knows HTTP/2 by its pseudo-headers, which are on the wire as soon as all are written. HTTP/1 still buffers.
// Neither has looked at the context since it got the connection, and a transport may have detached that: only closing the
// connection keeps the request from being sent again.
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

// stopWriting closes the connections of a request that changes something and is written once more.
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

// wroteHeaders is called over HTTP/1 before a byte has left. If an idle connection turns out to be dead, net/http takes
// another one: for a request that changes something only if no byte could leave, for others always.
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

// sent reports whether a server may have seen a request that ended in err. It errs on the side of yes: no is proven only
// by net/http's own trace, without a connection in it, or by an error from before the request.
func (s *sendTrace) sent(err error) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	unconnected := s.direct && s.wanted || isConnectError(err)
	return s.got || !unconnected
}

// isConnectError knows the failures to connect. Of several joined errors it believes none: another one may have followed
// a request.
func isConnectError(err error) bool {
	for ; err != nil; err = errors.Unwrap(err) {
		switch e := err.(type) { //nolint:errorlint // errors.As would look into joined errors
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
