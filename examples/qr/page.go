package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/pairweb"
)

// servePage serves the pairing page to browsers on this machine until a phone is connected. The path is a secret,
// because other users of the machine can connect to its ports.
func servePage(ctx context.Context, client *whatspie.Client, id int64) error {
	secret := "/" + rand.Text()
	page := pairweb.NewHandler(client, func(*http.Request) (int64, error) { return id, nil })
	mux := http.NewServeMux()
	mux.Handle(secret+"/", http.StripPrefix(secret, page))
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("This terminal cannot show the code. Open this page to scan it, or press Ctrl-C to stop:")
	_, err = fmt.Printf("\n  http://%s%s/\n", listener.Addr(), secret)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }()
	if _, err := client.Devices.WaitPaired(ctx, id); err != nil {
		return err
	}
	shutdown, cancel := context.WithTimeout(ctx, 5*time.Second) // lets the page show the result
	defer cancel()
	_ = server.Shutdown(shutdown)
	_, err = fmt.Println("Connected.")
	return err
}
