// Package crashfs is a disk in memory whose power can be cut: whatever was
// not synced by then is gone. It shows what a folder of blobs promises, and in
// which order it does its work, under any code that is given its Dir.
package crashfs

import (
	"errors"
	"io/fs"
	"maps"
	"path"
	"slices"
	"sync"
	"time"

	"github.com/10ex/assets/internal/filesys"
)

// ErrPowerCut is what everything answers that was open when the power went.
var ErrPowerCut = errors.New("the power was cut")

// Disk is safe for concurrent use.
type Disk struct {
	mu    sync.Mutex
	root  *node
	boot  int // how often the power was cut
	ops   []string
	plans map[int]func() error // what happens instead of an operation, by its number
	keep  func() bool
}

// node is a file or folder as it is, and as it would be after a power cut.
type node struct {
	folder          bool
	entries, synced map[string]*node // of a folder
	data, durable   []byte           // of a file
	modTime         time.Time
}

func newFolder() *node {
	return &node{folder: true, entries: map[string]*node{}, synced: map[string]*node{}, modTime: time.Now()}
}

// New makes an empty disk.
func New() *Disk {
	return &Disk{root: newFolder(), plans: map[int]func() error{}}
}

// FS opens the disk, with what survived the cuts so far.
func (d *Disk) FS() filesys.FS {
	d.mu.Lock()
	defer d.mu.Unlock()
	return &volume{disk: d, boot: d.boot}
}

// Cut makes the disk forget everything unsynced. Dirs and files that are open
// answer ErrPowerCut from now on.
func (d *Disk) Cut() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cut()
}

// CutAt cuts the power instead of the n-th operation from now on, counted from
// 1. Operations are what changes the disk: those that Ops names.
func (d *Disk) CutAt(n int) {
	d.at(n, func() error {
		d.cut()
		return ErrPowerCut
	})
}

// FailAt lets the n-th operation from now on, counted from 1, fail with err
// and do nothing.
func (d *Disk) FailAt(n int, err error) { d.at(n, func() error { return err }) }

func (d *Disk) at(n int, plan func() error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.plans[len(d.ops)+n] = plan
}

// Lucky lets each unsynced change survive a cut when keep answers true: disks
// also write what nobody has synced, in any order.
func (d *Disk) Lucky(keep func() bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.keep = keep
}

// Ops answers the operations that changed the disk or tried to, in order:
// "mkdir", "create", "write", "sync", "syncdir", "rename" or "remove", a space
// and the name.
func (d *Disk) Ops() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.ops)
}

func (d *Disk) cut() {
	d.boot++
	d.root.lose(func() bool { return d.keep != nil && d.keep() })
}

// lose takes a node back to what is durable of it.
func (n *node) lose(keep func() bool) {
	if !n.folder {
		if keep() {
			n.durable = slices.Clone(n.data)
		}
		n.data = slices.Clone(n.durable)
		return
	}
	names := maps.Clone(n.entries)
	maps.Copy(names, n.synced)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if entry, there := n.entries[name]; n.synced[name] != entry && keep() {
			if there {
				n.synced[name] = entry
			} else {
				delete(n.synced, name)
			}
		}
	}
	n.entries = maps.Clone(n.synced)
	for _, name := range slices.Sorted(maps.Keys(n.entries)) {
		n.entries[name].lose(keep)
	}
}

// step records one operation, and answers what was planned for it.
func (d *Disk) step(boot int, op, name string) error {
	if boot != d.boot {
		return ErrPowerCut
	}
	d.ops = append(d.ops, op+" "+name)
	if plan := d.plans[len(d.ops)]; plan != nil {
		return plan()
	}
	return nil
}

// find answers the node of a name.
func (d *Disk) find(op, name string) (*node, error) {
	if name == "." {
		return d.root, nil
	}
	parent, err := d.find(op, path.Dir(name))
	if err != nil {
		return nil, err
	}
	if n := parent.entries[path.Base(name)]; n != nil {
		return n, nil
	}
	return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
}
