package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/whatspie-go/whatspie/examples/internal/demo"
	"github.com/whatspie-go/whatspie/pairweb"
)

const (
	headerTimeout   = 10 * time.Second
	shutdownTimeout = 5 * time.Second // lets the page show the result
)

// servePage serves the pairing page to browsers on this machine until a phone is connected. The path is a secret,
// because other users of the machine can connect to its ports.
func servePage(ctx context.Context, app demo.App, session *demo.Session, id int64) error {
	var visited sync.Once
	page := pairweb.NewHandler(session.Client, func(*http.Request) (int64, error) {
		visited.Do(func() { scanLater(session, id) })
		return id, nil
	})
	defer page.Close()
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	secret := "/" + rand.Text()
	mux := http.NewServeMux()
	mux.Handle(secret+"/", http.StripPrefix(secret, page))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: headerTimeout}
	go func() { _ = server.Serve(listener) }()
	_, err = fmt.Fprintf(app.Stdout,
		"This terminal cannot show the code. Open this page to scan it, or press Ctrl-C to stop:\n\n  http://%s%s/\n\n",
		listener.Addr(), secret)
	if err != nil {
		return errors.Join(err, server.Close())
	}
	device, err := session.Client.Devices.WaitPaired(ctx, id)
	if err != nil {
		return errors.Join(err, server.Close())
	}
	shutdown, cancel := context.WithTimeout(ctx, shutdownTimeout)
	defer cancel()
	_ = server.Shutdown(shutdown) // closes connections after the timeout
	return connected(app, device)
}
