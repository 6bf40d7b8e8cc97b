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
	hooks  httptrace.ClientTrace
	cancel context.CancelCauseFunc
	// isNetHTTP reports that the transport is net/http's own, which calls every hook.
	isNetHTTP bool
	// isSafe reports a safe request. net/http may send it again even after the server has seen it, replaysLeft times.
	isSafe      bool
	replaysLeft int

	mu sync.Mutex
	// connRequested, connected and isNewConn describe the connection.
	connRequested, connected, isNewConn bool
	// written reports that a server may have seen the request, canceled that the attempt was ended by errSentAgain.
	written, canceled bool
	isHTTP2           bool
	address           string
	// conns are the connections obtained. The request is normally written to the last one; some transports write to
	// several.
	conns []net.Conn
}

// withHooks returns a context with s as its trace. It leaves out the dial hooks, which cost ten allocations.
func (s *sendTrace) withHooks(ctx context.Context) context.Context {
	s.hooks = httptrace.ClientTrace{
		GetConn:          s.getConn,
		GotConn:          s.gotConn,
		WroteHeaderField: s.wroteHeaderField,
		WroteHeaders:     s.wroteHeaders,
	}
	if !s.isSafe {
		s.hooks.GotFirstResponseByte = s.gotFirstResponseByte
	}
	return httptrace.WithClientTrace(ctx, &s.hooks)
}

// getConn lets a safe request use several addresses: a transport may first request a token elsewhere.
func (s *sendTrace) getConn(address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.isSafe && address != s.address {
		s.written = false
	}
	s.connRequested, s.address = true, address
	s.cancelIfWritten()
}

func (s *sendTrace) gotConn(info httptrace.GotConnInfo) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.connected, s.isNewConn = true, !info.Reused
	if info.Conn != nil {
		s.conns = append(s.conns, info.Conn)
	}
	s.cancelIfWritten()
}

// cancelIfWritten ends the attempt if its request was already written: it is about to be written again.
func (s *sendTrace) cancelIfWritten() {
	if s.written {
		s.canceled = true
		s.cancel(errSentAgain)
	}
}

// wroteHeaderField recognizes HTTP/2 by its pseudo-headers. HTTP/2 sends the headers as soon as all are encoded; HTTP/1
// still buffers them.
func (s *sendTrace) wroteHeaderField(name string, _ []string) {
	if name != ":method" && name != "Host" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.preventSecondWrite()
	s.connected, s.isHTTP2 = true, name == ":method"
	s.written = s.written || s.isHTTP2
}

// preventSecondWrite cancels the attempt if an unsafe request is written a second time, and closes the connections of a
// canceled attempt. Canceling alone is not enough: net/http does not check the context again once it has a connection,
// and a transport may have detached the context.
func (s *sendTrace) preventSecondWrite() {
	if !s.isSafe {
		s.cancelIfWritten()
	}
	if !s.canceled {
		return
	}
	for _, conn := range s.conns {
		_ = conn.Close()
	}
}

// wroteHeaders is called over HTTP/1 before any byte is sent. If an idle connection is dead, net/http sends the request
// over another one: an unsafe request only if no byte was sent, a safe one always.
func (s *sendTrace) wroteHeaders() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.isHTTP2 {
		s.preventSecondWrite()
	}
	s.connected = true
	switch mayBeDead := s.isNetHTTP && !s.isNewConn; {
	case mayBeDead && !s.isSafe:
	case mayBeDead && s.replaysLeft > 0:
		s.replaysLeft--
	default:
		s.written = true
	}
}

func (s *sendTrace) gotFirstResponseByte() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.connected, s.written = true, true
}

// sent reports whether a server may have seen a request that failed with err. It returns false only if net/http's own
// trace shows no connection, or if err is a failure to connect.
func (s *sendTrace) sent(err error) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.connected {
		return true
	}
	couldNotConnect := s.isNetHTTP && s.connRequested || isConnectError(err)
	return !couldNotConnect
}

// isConnectError reports whether err is a failure to connect. It does not search joined errors: one of them may be from
// a request that was sent.
func isConnectError(err error) bool {
	for ; err != nil; err = errors.Unwrap(err) {
		switch e := err.(type) { //nolint:errorlint // errors.As would search joined errors
		case *net.OpError:
			return e.Op == "dial" || e.Op == "proxyconnect"
		case *tls.CertificateVerificationError, tls.RecordHeaderError:
			return true
		}
		if err == http.ErrSchemeMismatch { //nolint:errorlint // errors.Is would do so, too
			return true
		}
	}
	return false
}
