package whatspietest

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"time"

	"github.com/whatspie-go/whatspie"
)

const (
	// socketlessURL is a loopback address, where the SDK allows plain HTTP, and port 0, where nobody listens.
	socketlessURL     = "http://127.0.0.1:0"
	readHeaderTimeout = 10 * time.Second
)

// Server is a fake of the API. Make one with [NewServer]. Its methods are safe for concurrent use.
type Server struct {
	// URL is the base URL for whatspie.WithBaseURL, without a final slash. Of a server made WithoutSocket only
	// the form is right: nobody listens there.
	URL string
	// Token is the bearer token that the server accepts; to set it use WithToken, a change here has no effect. It
	// is no secret: a printed Server shows it.
	Token string

	cfg    config
	client *http.Client
	// socket and closing are nil without a socket: a channel must not cross the border of a synctest bubble.
	socket    *httptest.Server
	closing   chan struct{}
	closeOnce sync.Once

	mu       sync.Mutex
	devices  map[int64]*device
	lastID   int64
	faults   []*Fault
	requests []Request
	closed   bool
}

// NewServer starts a server on a loopback port, or [WithoutSocket]. Close it when done.
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

// Close stops the server: new connections are refused, and delayed answers cut, but for those through [Server.Transport],
// which end with their request's context. Closing again does nothing.
func (s *Server) Close() {
	s.closeOnce.Do(func() {
		s.mu.Lock()
		s.closed = true
		s.mu.Unlock()
		if s.socket != nil {
			close(s.closing)
			s.socket.Close()
		}
	})
}

// Transport returns the server as an http.RoundTripper that opens no socket and starts no goroutine, whether the
// server listens or not. It answers for every host, calls the hooks of net/http/httptrace as a fresh connection
// would, and ends at once when the request's context does. After [Server.Close] it refuses the connection.
func (s *Server) Transport() http.RoundTripper { return transport{server: s} }

// Client returns a client of this server, with its base URL, its token and an HTTP client of its own. The options
// come after those, so they win. It panics when an option is invalid, as there is no test to fail.
func (s *Server) Client(opts ...whatspie.Option) *whatspie.Client {
	own := []whatspie.Option{whatspie.WithBaseURL(s.URL), whatspie.WithHTTPClient(s.client)}
	client, err := whatspie.NewClient(s.cfg.token, append(own, opts...)...)
	if err != nil {
		panic("whatspietest: Client: " + err.Error())
	}
	return client
}

func (s *Server) listen() {
	s.closing = make(chan struct{})
	s.socket = httptest.NewUnstartedServer(http.HandlerFunc(s.serveSocket))
	s.socket.Config.ReadHeaderTimeout = readHeaderTimeout
	// On a reused connection net/http repeats a GET that was cut, and a fault would be used up unseen.
	s.socket.Config.SetKeepAlivesEnabled(false)
	s.socket.Start()
	s.URL = s.socket.URL
	s.client = s.socket.Client()
}
