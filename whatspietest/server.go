package whatspietest

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"time"

	"github.com/whatspie-go/whatspie"
)

const (
	// socketlessURL uses a loopback address, to which the SDK allows plain HTTP, and port 0, where nothing can listen.
	socketlessURL     = "http://127.0.0.1:0"
	readHeaderTimeout = 10 * time.Second
)

// Server is a fake of the API. Create one with [NewServer]. Its methods are safe for concurrent use.
type Server struct {
	// URL is the base URL for whatspie.WithBaseURL, without a final slash. Nothing listens there if the server was created
	// WithoutSocket.
	URL string
	// Token is the bearer token that the server accepts. To set it, use WithToken; changing this field has no effect. It
	// is not a secret, and is shown when a Server is printed.
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
	// closing is created by Handler: a channel must not be shared across a synctest bubble.
	closing chan struct{}
}

// NewServer starts a server on a free loopback port, on the address of [WithAddr], or without a socket. It panics if it
// cannot listen. Close the server when done.
func NewServer(opts ...Option) *Server {
	s := &Server{
		URL:     socketlessURL,
		cfg:     newConfig(opts),
		devices: map[int64]*device{},
	}
	s.Token = s.cfg.token
	s.client = &http.Client{Transport: s.Transport()}
	if !s.cfg.socketless {
		s.listen()
	}
	return s
}

// Close stops the server: new connections are refused and delayed responses are cut, except those of
// [Server.Transport], which end with the request's context. Calling Close again has no effect.
func (s *Server) Close() {
	if s.stop() && s.socket != nil {
		s.socket.Close()
	}
}

// stop closes the server, and reports whether it was running.
func (s *Server) stop() bool {
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

// Transport returns the server as an http.RoundTripper that opens no socket and starts no goroutine, whether the server
// listens or not. It serves every host, calls the hooks of net/http/httptrace as a fresh connection would, and returns
// at once when the request's context ends. After [Server.Close], it fails as if the connection was refused.
func (s *Server) Transport() http.RoundTripper { return transport{server: s} }

// Client returns a client of this server, with its base URL, its token and an HTTP client of its own. The given options
// are applied last and take precedence. It panics if an option is invalid.
func (s *Server) Client(opts ...whatspie.Option) *whatspie.Client {
	own := []whatspie.Option{whatspie.WithBaseURL(s.URL), whatspie.WithHTTPClient(s.client)}
	client, err := whatspie.NewClient(s.cfg.token, append(own, opts...)...)
	if err != nil {
		panic("whatspietest: Client: " + err.Error())
	}
	return client
}

func (s *Server) listen() {
	s.socket = httptest.NewUnstartedServer(s.Handler())
	s.socket.Config.ReadHeaderTimeout = readHeaderTimeout
	if s.cfg.addr != "" {
		_ = s.socket.Listener.Close() // replaced by our own listener
		s.socket.Listener = listenOn(s.cfg.addr)
	}
	s.socket.Start()
	s.URL = "http://" + reachable(s.socket.Listener.Addr())
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

// reachable returns an address for the listener that works on this machine, even if it listens on all addresses.
func reachable(addr net.Addr) string {
	if tcp, ok := addr.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", strconv.Itoa(tcp.Port))
	}
	return addr.String()
}
