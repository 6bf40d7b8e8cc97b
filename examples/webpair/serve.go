package main

import (
	"context"
	"crypto/rand"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"
)

const (
	headerTimeout   = 10 * time.Second
	shutdownTimeout = 5 * time.Second
)

// page is a pairweb.Handler.
type page interface {
	http.Handler
	Close()
}

// serve serves the page until the context ends, and passes its URL to ready. The path is a secret, because other users
// of this machine can connect to its ports, and anyone who scans the code owns the WhatsApp session.
func serve(ctx context.Context, addr string, handler page, ready func(url string) error) error {
	defer handler.Close() // waits for functions of WithOnPaired, which Shutdown does not
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	secret := "/" + rand.Text()
	mux := http.NewServeMux()
	mux.Handle(secret+"/", http.StripPrefix(secret, handler))
	server := &http.Server{Handler: loopbackOnly(mux), ReadHeaderTimeout: headerTimeout}
	server.RegisterOnShutdown(handler.Close) // ends the event streams, for which Shutdown waits
	failed := make(chan error, 2)
	go func() { failed <- server.Serve(listener) }()
	if err := ready("http://" + listener.Addr().String() + secret + "/"); err != nil {
		failed <- err
	}
	select {
	case err = <-failed:
	case <-ctx.Done():
		err = ctx.Err()
	}
	shutdown, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	return errors.Join(err, server.Shutdown(shutdown))
}

// loopbackOnly rejects other host names, because a website can make its own name resolve to 127.0.0.1 (DNS rebinding).
func loopbackOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isLoopback(withPort(r.Host)) {
			http.Error(w, "This page is available on this machine only.", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// withPort adds the default port, which browsers omit.
func withPort(host string) string {
	if _, _, err := net.SplitHostPort(host); err != nil {
		return net.JoinHostPort(strings.Trim(host, "[]"), "80")
	}
	return host
}

// isLoopback checks the host name without resolving it.
func isLoopback(hostPort string) bool {
	host, _, err := net.SplitHostPort(hostPort)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
