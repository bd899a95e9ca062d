"""Options and corner values of functions, each call evaluated by NumPy too: `m` is the module, `a` makes an array."""

import warnings

import numpy as np
import pytest
import scipy.special

import hyperslab as da

X = np.array([[1, 2, 3], [4, 5, 60]])
U = np.array([1, 200], "u1")
F = np.array([1.5, np.nan, -np.inf, np.inf])
C = np.array([1.5, complex(np.nan, np.nan), complex(-np.inf, np.nan), complex(np.inf, np.nan)])
B = np.array([True, False])
#: Bools whose bytes are not 0 or 1, as files hold them.
W = np.array([0, 1, 2, 255], "u1").view(bool)

CALLS = """
m.where(a(B),a(U),-1)
m.where(a(B),300,a(U))
m.where(a(B),a(U),2**64-1)
m.where(a(B),a(U.astype('i8')),2**63)
m.where(a(B),a(U.astype('u8')),-1)
m.where(a(B),a(U),2**70)
m.where(a(B),a(U),7)
m.where(a(B),a(F[:2]),-1)
m.nan_to_num([np.nan,np.inf,-np.inf,1.],nan=np.inf,posinf=5)
m.nan_to_num(X,nan=3)
m.nan_to_num(C)
m.nan_to_num(C,nan=1,posinf=2,neginf=3)
m.array_equal(a(F),a(F),equal_nan=True)
m.array_equal(a(C),a(C),equal_nan=True)
m.array_equal(a(np.array(['NaT'],'M8[s]')),a(np.array(['NaT'],'M8[s]')),equal_nan=True)
m.array_equal(a(np.array(['NaT'],'m8[s]')),a(np.array(['NaT'],'m8[s]')),equal_nan=True)
m.where(1j,a(X),9)
m.where(0j,a(X),9)
m.equal(a(B),2,dtype=bool)
m.equal(a(B),2)
m.add(a(X),2.7,dtype='i8')
m.angle(a(B))
m.angle(a(X))
m.angle(a(B),deg=True)
m.sum(a(np.arange(4)),initial=2.5)
m.max(a(U),initial=np.int64(0))
m.max(a(U),initial=0)
m.max(a(U),initial=-1)
m.min(a(np.empty(0)),initial=3.)
m.min(a(np.empty((0,2))),axis=0,initial=3.)
m.min(a(np.empty((0,2))),axis=1,initial=3.)
m.min(a(np.empty(0)))
m.average(a(X),axis=(0,1),weights=np.arange(6).reshape(2,3))
m.average(a(np.arange(24.).reshape(2,3,4)),axis=(0,1),weights=np.arange(6).reshape(2,3))
m.average(a(np.arange(24.).reshape(2,3,4)),axis=(2,0),weights=np.arange(8).reshape(4,2))
m.average(a(np.arange(24.).reshape(2,3,4)),axis=(0,1),weights=np.arange(8).reshape(4,2))
m.sum(a(W))
m.mean(a(W))
m.nansum(a(W))
m.nanmean(a(W))
m.sum(a(W),dtype='f4')
m.cumsum(a(W))
m.prod(a(W))
m.var(a(W))
m.count_nonzero(a(W))
m.argmax(a(W))
m.argmin(a(W[::-1]))
m.max(a(W)).astype(int)
m.min(a(W)).astype(int)
a(W).astype('i8')
a(W).astype('f4')
a(W)+a(W)==True
a(W)+1
a(W)*2
a(W)&True
a(W)==a(W)[::-1]
a(W)<a(W)[::-1]
m.where(a(W),1,2)
m.logical_not(a(W))
m.logical_xor(a(W),True)
~a(W)
m.maximum(a(W),a(W)[::-1])==True
m.clip(a(W),False,True)==True
m.abs(a(W))==True
m.dot(a(W).astype(float),a(W))
m.tensordot(a(W),a(W),1)
m.sum(a(np.stack([W,W])),axis=0)
m.mean(a(np.stack([W,W])),axis=0)
m.diff(a(W))
m.any(a(W),axis=0)
m.minimum(a(X),0,out=np.empty((2,3),int))
m.minimum(a(X),0,out=np.empty((2,2),int))
m.minimum(a(X),0.5,out=np.empty((2,3),int))
m.minimum(a(X),0.5,out=np.empty((2,3),int),casting='unsafe')
m.add(a(X),1,out=np.empty((4,2,3)))
m.add(a(X),1,np.empty((2,3)))
m.add(a(X),1,where=[True,False,True],out=np.zeros((2,3),int))
m.add(a(X),1,where=[1,0,1],out=np.zeros((2,3),int))
m.clip(a(U),-1,300)
m.clip(a(U),300,400)
m.clip(a(U),-5,-1)
m.clip(a(U),-1,7)
m.clip(a(U),None,300)
m.round(a(F),400)
m.round(a(np.array([1.5,1e300])),400)
m.round(a(X),400)
m.round(a(X),-1)
m.round(a(U),-2)
m.round(a(F),-400)
m.round(a(B))
a(X)[range(2)]
a(X)[range(0)]
a(X)[:,range(2)]
a(X).reshape(2.0,3)
m.reshape(a(X),(2.0,3))
a(X).reshape(6)
a(X).reshape((3,2))
a(X).reshape([3,2])
a(X).reshape(3.0)
np.ones(3,like=a(X))
np.zeros((2,3),like=a(X),dtype='i4')
np.full(3,7,like=a(X))
np.arange(3,like=a(X))
np.array([1,2],like=a(X))
np.asarray([1,2],like=a(X))
np.eye(3,like=a(X))
np.empty(3,like=a(X)).shape
np.zeros_like(a(X),order='C',subok=False)
m.diff(a(X),prepend=0,append=[[1],[2]])
m.diff(a(X),axis=0,prepend=0)
m.diff(a(X),n=2,append=0)
m.diff(a(X),n=0,append=0)
m.vstack([a(X),a(X)],dtype='f4',casting='unsafe')
m.vstack([a(X),a(X)],dtype='i1',casting='safe')
m.hstack([a(X),a(X)],dtype='f8')
m.concatenate([a(X),a(F[None,:3])],dtype='i4')
m.concatenate([a(X),a(F[None,:3])],dtype='f4')
m.concatenate([a(X),a(X)],casting='no')
m.concatenate([a(X),a(X)],out=np.empty((4,3)))
m.stack([a(X),a(X)],dtype='f4',casting='same_kind')
m.linspace(0,1,5,axis=0)
m.linspace(0,1,5,axis=1)
m.linspace(np.arange(3),5,4)
m.linspace(np.arange(3),5,4,axis=-1)
m.linspace(np.arange(3),5,4,endpoint=False,axis=1)
m.linspace(np.arange(3),[1,2,3],1)
m.linspace(np.arange(3),[1.5,2,3],4,dtype=int)
m.linspace(np.arange(3),[1.5,2,3],0)
m.var(a(X),mean=np.mean(X,keepdims=True))
m.var(a(X),axis=0,mean=np.mean(X,axis=0,keepdims=True))
m.std(a(X),axis=0,mean=np.mean(X,axis=0,keepdims=True),correction=1)
m.var(a(X),correction=1,ddof=1)
m.std(a(X),where=X>2)
m.var(a(X),axis=0,where=X>2,ddof=1)
m.mean(a(X),where=X>2)
m.mean(a(X),axis=0,where=X>4)
m.mean(a(X.astype('f2')),axis=1,where=X>2)
m.mean(a(C),where=[True,False,False,False])
m.var(a(C),where=[True,False,False,False])
m.nanmean(a(F),where=[True,True,False,False])
m.nanvar(a(F),where=[True,True,False,False])
m.nanstd(a(F),where=[True,True,False,False],ddof=1)
m.nansum(a(F),where=[True,True,False,False],initial=2)
m.nanmax(a(F),initial=7,where=[True,True,False,False])
m.nanmin(a(F),where=[True,True,False,False])
m.max(a(X),where=X>2)
m.max(a(X),where=X>200,initial=4)
m.sum(a(X),where=X>2,axis=1,initial=10,keepdims=True)
m.prod(a(X),where=[True,False,True])
m.any(a(X),where=X>100)
m.all(a(X),axis=1,where=X>100)
m.sum(a(X),where=np.ones((4,2,3),bool))
m.sum(a(X),where=[1,0,1])
m.sum(a(X),out=np.empty(()))
m.sum(a(X),axis=0,out=np.empty(3))
m.sum(a(X),axis=0,out=np.empty((1,3)))
m.mean(a(X),axis=0,out=np.empty(3,'f4'))
m.max(a(X),axis=0,out=np.empty(3,'f4'))
m.argmax(a(X),axis=0,out=np.empty(3,int))
m.cumsum(a(X),axis=0,out=np.empty((2,3)))
m.any(a(X),axis=0,out=np.empty(3))
m.ptp(a(X),axis=0,out=np.empty(3))
m.round(a(F),1,out=np.empty(4,'f4'))
m.clip(a(X),1,3,out=np.empty((2,3),int))
m.add.reduce(a(X))
m.add.reduce(a(X),axis=None)
m.add.reduce(a(X),axis=(0,1),keepdims=True)
m.add.reduce(a(X),where=X>2,initial=3)
m.multiply.reduce(a(X),axis=1)
m.maximum.reduce(a(X),initial=50)
m.maximum.reduce(a(X),axis=None)
m.fmax.reduce(a(F))
m.logical_and.reduce(a(X))
m.logical_or.reduce(a(X),axis=1)
m.logical_or.reduce(a(X),axis=1,initial=False)
m.add.reduce(a(X),out=np.empty(3))
m.add.reduce(a(X),dtype='f4')
m.add.accumulate(a(X))
m.maximum.accumulate(a(X),axis=1)
m.multiply.accumulate(a(X),axis=1,out=np.empty((2,3)))
m.add.outer(a(X),a(U))
m.subtract.outer(a(F),a(U))
m.divmod(a(X),3)[0]
m.modf(a(F))[0]
m.modf(a(F))[1]
m.modf(a(U))[0]
m.modf(a(np.array([-0.5,0.,-0.])))[1]
m.frexp(a(F))[0]
m.frexp(a(F))[1]
m.frexp(a(np.array([5e-324,1e300,0,-3.5])))[0]
m.frexp(a(np.array([5e-324,1e300,0,-3.5])))[1]
m.frexp(a(U))[0]
m.ldexp(a(F),a(np.array([1,2,3,4])))
m.ldexp(a(F),3)
m.ldexp(2.5,a(X))
m.ldexp(a(F.astype('f4')),3)
m.ldexp(a(F),a(F))
m.ldexp(a(np.array([1.,3.,1e300,5e-324,-1])),a(np.array([-1074,-1075,2**40,1074,-2**40])))
m.bitwise_count(a(X))
m.bitwise_count(a(np.array([-1,-128,127],'i1')))
m.bitwise_count(a(B))
m.bitwise_count(a(F))
m.bitwise_invert(a(X))
m.pow(a(X),2)
m.vecdot(a(X), a(X))
m.vecdot(a(X * 1j), a(X * 1j), axis=0)
m.vecdot(a(X), a(X[0]))
m.vecdot(a(X), a(X[:, :2]))
m.matvec(a(X), a(X[0]))
m.matvec(a(np.arange(24).reshape(2, 3, 4)), a(np.arange(4)))
m.vecmat(a(X[:, 0] * 1j), a(X))
m.vecmat(a(U), a(np.arange(24).reshape(3, 2, 4)))
m.less(a(X),1.5,dtype='i8')
m.sin(a(X),dtype='f4')
m.sin(a(X),dtype='i8')
m.isnan(a(F),dtype='f4')
m.absolute(a(C),dtype='f8')
m.absolute(a(C),dtype='c16')
m.add(a(X),a(X),dtype=bool)
m.divide(a(X),a(X),dtype='i8')
m.add(a(B),a(B),dtype='i8')
m.subtract(a(B),a(B),dtype='i8')
m.add(a(X),1,casting='no')
m.add(a(X),a(F[:3]),casting='no')
m.add(a(X),1,casting='safe',dtype='f4')
m.add(a(X),1,casting='foo')
m.add(a(X),1,order='F')
m.add(a(X),1,foo=2)
None in a(X)
1 in a(X)
100 in a(X)
m.isclose(a(F),F,equal_nan=True)
m.float_power(a(X),2)
m.heaviside(a(F),1)
m.gcd(a(X),4)
m.lcm(a(X),4)
m.nextafter(a(F),0)
m.spacing(a(F))
m.take(a(X),[9,-1,0],axis=0,mode='clip')
m.take(a(X),[9,-9,0],mode='wrap')
m.take(a(X),[[1.7,0]])
m.take(a(X),np.array([1.5]))
m.take(a(X),a(np.array([1,9])),mode='clip')
m.take(a(X),[1],out=np.empty(1,int))
m.take(np.empty((0,2)),[1],axis=0,mode='clip')
m.sum(a(F[:1]),out=np.empty((),'i4'))
m.sum(a(X/8),axis=0,out=np.empty(3,'i4'))
m.prod(a(X),axis=0,out=np.empty(3,'u1'))
m.max(a(X/8),axis=0,out=np.empty(3,'i4'))
m.cumsum(a(X/8),axis=0,out=np.empty((2,3),'i4'))
m.sum(a(X),keepdims='yes')
m.argmax(a(np.empty((0,0))),axis=0)
m.argmax(a(np.empty((0,2))),axis=1)
m.max(a(np.empty((0,0))),axis=0)
m.max(a(np.empty((0,2))),axis=1)
m.ptp(a(np.empty((0,0))),axis=1)
m.partition(a(np.empty((0,3))),5)
m.argpartition(a(np.empty(0)),0)
m.isin(a(F),[1.5],kind='table')
m.add.reduce(a(X),axis=5)
m.subtract.reduce(a(X),axis=None)
m.sin.reduce(a(X))
m.sin.outer(a(X),a(X))
""".strip().splitlines()


def outcome(call, module, make):
    names = {"np": np, "m": module, "a": make, "X": X, "F": F, "C": C, "U": U, "B": B, "W": W}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return np.asarray(eval(call, names))
        except Exception as error:
            return error


@pytest.mark.parametrize("call", CALLS)
def test_call(call):
    want = outcome(call, np, lambda v: v)
    got = outcome(call, da, lambda v: da.from_array(v, chunks=2))
    if isinstance(want, Exception):
        kind = next(k for k in (TypeError, ValueError, OverflowError, IndexError) if isinstance(want, k))
        assert isinstance(got, kind), (want, got)
        return
    assert not isinstance(got, Exception), (want, got)
    assert (got.dtype, got.shape) == (want.dtype, want.shape)
    np.testing.assert_allclose(got, want, rtol=1e-6)


def test_outputs():
    x = da.from_array(X, chunks=2)
    filled = np.empty((3, 2)).T
    assert np.add(x, 1, out=filled) is filled
    np.testing.assert_array_equal(filled, X + 1)
    lazy = da.zeros((2, 3), dtype="f4")
    assert da.add(x, 1, out=lazy) is lazy
    np.testing.assert_array_equal(lazy.compute(), (X + 1).astype("f4"), strict=True)
    own = X.astype(float)
    over = da.from_array(own, chunks=2)
    np.add(over[::-1], 1, out=own)
    np.testing.assert_array_equal(own, X[::-1] + 1)
    with pytest.raises(TypeError, match="store"):
        da.add(x, 1, out=[1, 2])


def test_in_place_operators_leave_other_names_alone():
    x = da.from_array(X, chunks=2)
    y = x
    y += 1
    np.testing.assert_array_equal(x.compute(), X)
    np.testing.assert_array_equal(y.compute(), X + 1)
    own = X.astype(float)
    own *= x
    np.testing.assert_array_equal(own, X * X)


def test_the_way_out_names_the_library_of_a_ufunc():
    with pytest.raises(NotImplementedError, match=r"scipy\.special\.xlogy\.outer\(x\.compute\(\)\)"):
        scipy.special.xlogy.outer(da.ones(3), da.ones(2))


def test_lazy_arrays_share_no_memory():
    x = da.from_array(X)
    assert np.may_share_memory(x, X) is False
    assert np.shares_memory(x, X) is False
