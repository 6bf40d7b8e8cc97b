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

// servePage serves the pairing page of the device to browsers of this machine, until the process ends. The path is a
// secret: other users of the machine reach its ports too.
func servePage(client *whatspie.Client, id int64) error {
	secret := "/" + rand.Text()
	page := pairweb.NewHandler(client, func(*http.Request) (int64, error) { return id, nil })
	mux := http.NewServeMux()
	mux.Handle(secret+"/", http.StripPrefix(secret, page))
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	_, err = fmt.Printf("This terminal cannot show the code. Open this page to scan it, stop with Ctrl-C:\n\n  http://%s%s/\n", listener.Addr(), secret)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	return server.Serve(listener)
}
