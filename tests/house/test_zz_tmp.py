from tests.house.test_permissions import *
import csv, time
def test_w(lived, visitors):
    t=time.time()
    with open("/tmp/access.csv","w",newline="") as f:
        w=csv.writer(f, lineterminator="\n"); w.writerow(HEAD); n=0
        for r in rows(lived, visitors): w.writerow(r); n+=1
    print(n, time.time()-t)
