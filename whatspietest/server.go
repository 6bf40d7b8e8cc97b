package whatspietest

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"time"

	"github.com/whatspie-go/whatspie"
)

const (
	// noSocketURL has a loopback address, because the SDK allows plain HTTP there, and port 0, which is never open.
	noSocketURL       = "http://127.0.0.1:0"
	readHeaderTimeout = 10 * time.Second
)

// Server is a fake of the API. Create one with [NewServer], which sets the fields; do not change them. The methods are
// safe for concurrent use.
type Server struct {
	// URL is the base URL for whatspie.WithBaseURL, without a final slash. If the server was created with WithoutSocket,
	// its port is closed.
	URL string
	// Token is the bearer token that the server accepts; WithToken sets it. It is not a secret.
	Token string

	cfg    config
	client *http.Client
	socket *httptest.Server // nil without a socket

	mu       sync.Mutex
	devices  map[int64]*device
	lastID   int64
	faults   []*Fault
	requests []Request
	closed   bool
	// closing is closed by Close. Handler creates it, because a channel belongs to the synctest bubble that created it.
	closing chan struct{}
}

// NewServer starts a server. It listens on a free loopback port, or on the address set by [WithAddr], or not at all if
// [WithoutSocket] is given. It panics if it cannot listen. The caller must call [Server.Close] when done.
func NewServer(opts ...Option) *Server {
	s := &Server{
		URL:     noSocketURL,
		cfg:     newConfig(opts),
		devices: map[int64]*device{},
	}
	s.Token = s.cfg.token
	s.client = &http.Client{Transport: s.Transport()}
	if !s.cfg.withoutSocket {
		s.listen()
	}
	return s
}

// String returns the server's URL and the number of its devices. A verb of fmt that does not call String, such as %#v,
// prints all fields.
func (s *Server) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fmt.Sprintf("whatspietest.Server{%s, %d devices}", s.URL, len(s.devices))
}

// Close stops the server: it refuses new connections and cuts delayed responses. A request in [Server.Transport] is not
// cut, and ends after its delay or with its context. Calling Close again has no effect.
func (s *Server) Close() {
	if s.markClosed() && s.socket != nil {
		s.socket.Close()
	}
}

// markClosed reports whether the server was open until now.
func (s *Server) markClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.closed = true
	if s.closing != nil {
		close(s.closing)
	}
	return true
}

// Transport returns the fake as an http.RoundTripper that opens no socket. It works whether or not the server listens,
// and serves requests for any host. It calls the hooks of net/http/httptrace as a new connection would, and returns as
// soon as the request's context ends. After [Server.Close], every request fails with "connection refused".
func (s *Server) Transport() http.RoundTripper { return transport{server: s} }

// Client returns a new client of this server, which uses the server's URL and token. Options in opts take precedence
// over these. It panics if an option is invalid.
func (s *Server) Client(opts ...whatspie.Option) *whatspie.Client {
	defaults := []whatspie.Option{whatspie.WithBaseURL(s.URL), whatspie.WithHTTPClient(s.client)}
	client, err := whatspie.NewClient(s.cfg.token, append(defaults, opts...)...)
	if err != nil {
		panic("whatspietest: Client: " + err.Error())
	}
	return client
}

func (s *Server) listen() {
	s.socket = httptest.NewUnstartedServer(s.Handler())
	s.socket.Config.ReadHeaderTimeout = readHeaderTimeout
	if s.cfg.addr != "" {
		_ = s.socket.Listener.Close() // replaced on the next line
		s.socket.Listener = listenOn(s.cfg.addr)
	}
	s.socket.Start()
	s.URL = "http://" + localAddress(s.socket.Listener.Addr())
	s.client = s.socket.Client()
}

func listenOn(addr string) net.Listener {
	resolved, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		panic("whatspietest: NewServer: " + err.Error())
	}
	listener, err := net.ListenTCP("tcp", resolved)
	if err != nil {
		panic("whatspietest: NewServer: " + err.Error())
	}
	return listener
}

// localAddress returns an address that reaches the listener from this machine, even if it listens on all addresses.
func localAddress(addr net.Addr) string {
	if tcp, ok := addr.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", strconv.Itoa(tcp.Port))
	}
	return addr.String()
}
